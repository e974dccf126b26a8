"""The exercise of lesson 04: choose a refinement from the runs, and say what it allows."""

import math
from collections import defaultdict
from itertools import product
from statistics import fmean

from exercises.engine import Exercise, Finding, Record, code
from exercises.engine.shared import returns_a_dict

# In refine.csv, the medians, the lowest, highest, first and last ones, the plain means and so on
# all lead elsewhere than the means of means: tests/answers/refine.
exercise = Exercise.load(__file__)
TYPES = {
    "param1": (list, tuple),
    "param2": (list, tuple),
    "keeps_best": (bool,),
}
Pair = tuple[str, ...]


def results(record: Record) -> dict[Pair, list[float]]:
    """Return what the runs that count came to, by combination."""
    found = defaultdict[Pair, list[float]](list)
    for data in (run.data for run in record.there):
        value = data.metrics.get("metric1", math.nan)
        if data.tags.get("test_identifier") == record.call.args[0] and not math.isnan(value):
            found[data.params["param1"], data.params["param2"]].append(value)
    return found


def means(record: Record, param: str) -> dict[str, float]:
    """Return the mean of the means of each value's combinations, the lowest one first."""
    of_pairs = defaultdict[str, list[float]](list)
    for pair, values in results(record).items():
        of_pairs[pair[param == "param2"]].append(fmean(values))
    found = {value: round(fmean(values), 3) for value, values in of_pairs.items()}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def chosen(record: Record) -> set[Pair]:
    """Return the combinations of the values that the function keeps."""
    return set(product(record.value["param1"], record.value["param2"]))


@exercise.requirement
def returns_answers(record: Record) -> Finding | None:
    """Tell whether a dict with the three answers came back."""
    return returns_a_dict(record, TYPES)


@exercise.requirement
def chooses_values(record: Record) -> Finding | None:
    """Tell whether the two values with the lowest means were chosen of each parameter."""
    for param in ("param1", "param2"):
        found, lowest = record.value[param], means(record, param)
        wanted = list(lowest)[:2]
        if sorted(map(repr, found)) != sorted(map(repr, wanted)):
            expected = f"`{param}` = {code(wanted)}; the means are {code(lowest)}"
            return Finding(expected, code(found))
    return None


@exercise.requirement
def knows_what_is_lost(record: Record) -> Finding | None:
    """Tell whether `keeps_best` is right."""
    found, value = results(record), record.value["keeps_best"]
    best = min(found, key=lambda pair: fmean(found[pair]))
    right = best in chosen(record)
    expected = f"{code(right)}: the best combination is {code(' with '.join(best))}"
    return None if value is right else Finding(expected, code(value))


check, hint, solution = exercise.check, exercise.hint, exercise.solution
