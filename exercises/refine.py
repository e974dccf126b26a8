"""The exercise of lesson 04: choose a refinement from the runs, and say what it allows."""

from __future__ import annotations

import math
from itertools import product
from statistics import fmean

from exercises.engine import Exercise, Finding, Record, came_back, code

# In refine.csv, the medians, the lowest, highest, first and last ones, the plain means and so on
# all lead elsewhere than the means of means: tests/answers/refine.
exercise = Exercise.load(__file__)
KINDS = {"param1": list, "param2": list, "keeps_best": bool, "runs_inside": int}
Pair = tuple[str, ...]


def results(record: Record) -> dict[Pair, list[float]]:
    """Return what the runs that count came to, by combination."""
    found: dict[Pair, list[float]] = {}
    for run in record.world.visible:
        value = run.metrics.get("metric1", math.nan)
        if run.tags.get("test_identifier") == record.call.args[0] and not math.isnan(value):
            found.setdefault((run.params["param1"], run.params["param2"]), []).append(value)
    return found


def by_value(record: Record, place: int) -> dict[str, float]:
    """Return the mean of the means of each value's combinations, the lowest one first."""
    of_pairs: dict[str, list[float]] = {}
    for pair, values in results(record).items():
        of_pairs.setdefault(pair[place], []).append(fmean(values))
    means = {value: round(fmean(found), 3) for value, found in of_pairs.items()}
    return dict(sorted(means.items(), key=lambda item: item[1]))


def chosen(record: Record) -> set[Pair]:
    """Return the combinations of the values that the function keeps."""
    return set(product(record.value["param1"], record.value["param2"]))


@exercise.requirement
def returns_answers(record: Record) -> Finding | None:
    """Tell whether a dict with the four answers came back."""
    if not isinstance(record.value, dict):
        expected = "a dict with four answers: lists of texts, True or False, a whole number"
        odd = ", which holds something else" if record.outcome.returned == "dict" else ""
        return Finding(expected, came_back(record.outcome) + odd)
    for key, kind in KINDS.items():
        if type(record.value.get(key)) is not kind:
            found = code(repr(record.value[key])) if key in record.value else f"no `{key}`"
            either = " or `tuple`" if kind is list else ""
            return Finding(f"`{key}` is of type `{kind.__name__}`{either}", found)
    return None


@exercise.requirement
def chooses_values(record: Record) -> Finding | None:
    """Tell whether the two values with the lowest means were chosen of each parameter."""
    for place, param in enumerate(("param1", "param2")):
        means, found = by_value(record, place), record.value[param]
        if sorted(map(repr, found)) != sorted(map(repr, list(means)[:2])):
            expected = f"`{param}` = {code(list(means)[:2])}; the means are {code(means)}"
            return Finding(expected, code(found))
    return None


@exercise.requirement
def knows_what_is_lost(record: Record) -> Finding | None:
    """Tell whether `keeps_best` is right."""
    found, value = results(record), record.value["keeps_best"]
    best = min(found, key=lambda pair: fmean(found[pair]))
    right = best in chosen(record)
    expected = f"{code(right)}: the best combination is {code(' with '.join(best))}"
    return Finding(expected, code(value)) if value is not right else None


@exercise.requirement
def counts_runs(record: Record) -> Finding | None:
    """Tell whether `runs_inside` is the number of runs with two kept values."""
    found, value = results(record), record.value["runs_inside"]
    right = sum(len(found[pair]) for pair in chosen(record) if pair in found)
    return Finding(f"`runs_inside` = `{right}`", code(value)) if value != right else None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
