"""The exercise of lesson 04: choose a refinement from the runs, and say what it allows.

In refine.csv, the medians, the lowest, highest, first and last ones, the plain means and so on all
lead elsewhere than the means of means: tests/answers/refine.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean
from typing import TypeVar

from exercises.engine import Finding, Findings, Requirements, code, load

Key = TypeVar("Key")


def means(pairs: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    """Return the mean of each key's values, the lowest one first."""
    values = defaultdict[Key, list[float]](list)
    for key, value in pairs:
        values[key].append(value)
    return dict(sorted(((key, fmean(v)) for key, v in values.items()), key=lambda item: item[1]))


class Refine(Requirements):
    """What the exercise requires of a call."""

    def combinations(self) -> dict[tuple[str, str], float]:
        """Return the mean of the runs that count of each combination."""
        return means(
            ((run.params["param1"], run.params["param2"]), run.metrics["metric1"])
            for run in self.there
            if run.tags.get("test_identifier") == self.args[0]
            and not math.isnan(run.metric("metric1"))
        )

    def returns_answers(self) -> Findings:
        """Tell whether a dict with the three answers came back."""
        return self.returns_a_dict({"param1": (list,), "param2": (list,), "keeps_best": (bool,)})

    def chooses_values(self) -> Findings:
        """Tell whether the two values with the lowest means were chosen of each parameter."""
        for place, param in enumerate(("param1", "param2")):
            lowest = means((pair[place], mean) for pair, mean in self.combinations().items())
            found, wanted = self.value[param], list(lowest)[:2]
            if sorted(map(repr, found)) != sorted(map(repr, wanted)):
                shown = {value: round(mean, 6) for value, mean in lowest.items()}
                yield Finding(
                    f"`{param}` = {code(wanted)}; the means are {code(shown)}", code(found)
                )

    def knows_what_is_lost(self) -> Findings:
        """Tell whether `keeps_best` is right."""
        (param1, param2), *_ = self.combinations()  # the best one
        answers = self.value
        right = param1 in answers["param1"] and param2 in answers["param2"]
        if answers["keeps_best"] is not right:
            expected = f"{code(right)}: the best combination is {code(f'{param1} with {param2}')}"
            yield Finding(expected, code(answers["keeps_best"]))


exercise, check, hint, solution = load(__file__, Refine)
