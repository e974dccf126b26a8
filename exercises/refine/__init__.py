"""The exercise of lesson 04: choose a refined space from the runs, and say what it loses.

In runs.csv, the medians, the lowest, highest, first and last ones, the plain means and so on all
lead elsewhere than the means of means: see the wrong ones in answers/.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import isnan
from operator import itemgetter
from statistics import fmean, median
from typing import TypeVar

from exercises.engine import Finding, Findings, Requirements, Run, code, load
from exercises.engine.wrong_values import Candidate, recognize

Key = TypeVar("Key")
Pair = tuple[str, str]  # a combination: the values of param1 and of param2
Results = Iterable[tuple[Pair, float]]
PARAMS = ("param1", "param2")


def means(
    pairs: Iterable[tuple[Key, float]], summary: Callable[[Sequence[float]], float] = fmean
) -> dict[Key, float]:
    """Return the mean of each key's values, or another summary of them, the lowest one first."""
    values = defaultdict[Key, list[float]](list)
    for key, value in pairs:
        values[key].append(value)
    return dict(sorted(((key, summary(v)) for key, v in values.items()), key=itemgetter(1)))


def results(runs: Iterable[Run], metric: str = "metric1") -> list[tuple[Pair, float]]:
    """Return the combination and the metric of each run that has both."""
    return [
        ((run.params["param1"], run.params["param2"]), run.metrics[metric])
        for run in runs
        if {*PARAMS} <= run.params.keys() and not isnan(run.metric(metric))
    ]


def by_value(pairs: Results, place: int) -> dict[str, float]:
    """Return the mean for each value of a parameter, the lowest one first."""
    return means((pair[place], value) for pair, value in pairs)


def choose(pairs: Results, which: slice = slice(2)) -> list[list[str]]:
    """Return the two values of each parameter with the lowest means, or others in their order."""
    pairs = list(pairs)
    return [sorted([*by_value(pairs, place)][which]) for place in (0, 1)]


class Refine(Requirements):
    """What the exercise requires of a call."""

    @property
    def runs(self) -> list[Run]:
        """The runs of the search."""
        return [run for run in self.older_runs if run.tags.get("test_identifier") == self.args[0]]

    def returns_answers(self) -> Findings:
        """Require a dict with the three answers."""
        types = {"param1": (list,), "param2": (list,), "keeps_best": (bool,)}
        yield from self.returns_a_dict(types)
        for param in PARAMS:
            values = self.value[param]
            shown = f"`{param}` = {code(values)}"
            if len(values) != 2:
                cause = "number" if values else "none"
                yield Finding(f"two values as `{param}`", f"{len(values)}: {shown}", cause=cause)
            for value in values:
                if not isinstance(value, str):
                    kind = code(type(value).__name__)
                    actual = f"{shown}, in which {code(value)} is of type {kind}"
                    expected = f"the values in `{param}` are strings"
                    yield Finding(expected, actual, cause="no_strings")

    def chooses_values(self) -> Findings:
        """Require the two values of each parameter that have the lowest means."""
        pairs = means(results(self.runs)).items()
        chosen, right = [sorted(self.value[param]) for param in PARAMS], choose(pairs)
        for place, param in enumerate(PARAMS):
            if chosen[place] != right[place]:
                lowest = by_value(pairs, place)
                shown = {value: round(mean, 6) for value, mean in lowest.items()}
                expected = f"`{param}` = {code([*lowest][:2])}; the means are {code(shown)}"
                fact = recognize(chosen, right, self._other_choices(right))
                yield Finding(expected, code(self.value[param]), fact=fact)

    def _other_choices(self, right: list[list[str]]) -> list[Candidate]:
        """Return what other rules would choose."""
        exchanged = "what belongs to the other parameter"
        cached = "what an earlier call returned, before new runs were logged"
        candidates = [Candidate("keys_exchanged", exchanged, right[::-1])] + [
            Candidate("cached", cached, [sorted(value[param]) for param in PARAMS])
            for value in self.earlier_values
        ]
        if self.earlier:  # the mistakes differ in the first call, and agree by chance later
            return candidates
        runs, finished = results(self.runs), results(run for run in self.runs if run.finished)
        pairs = means(runs).items()
        rules = {
            "highest": ("the two highest means give", choose(pairs, slice(-2, None))),
            "plain_means": ("the plain means over all runs give", choose(runs)),
            "every_run": (
                "all runs of the experiment give, not just this search's",
                choose(means(results(self.older_runs)).items()),
            ),
            "metric2": ("`metric2` gives", choose(means(results(self.runs, "metric2")).items())),
            "best_runs": (
                "one run of each combination gives, the best one",
                choose(means(runs, min).items()),
            ),
            "medians": (
                "the median of each combination gives",
                choose(means(runs, median).items()),
            ),
            "finished": ("the FINISHED runs alone give", choose(means(finished).items())),
        }
        return candidates + [
            Candidate(name, f"what {text}", values) for name, (text, values) in rules.items()
        ]

    def knows_what_is_lost(self) -> Findings:
        """Require the right `keeps_best`."""
        runs = results(self.runs)
        best, *_, worst = means(runs)
        answer, right = self.value["keeps_best"], self._keeps(best)
        if answer is not right:
            kept = "both are kept" if right else "not both of them are kept"
            expected = f"the combination with the lowest mean is {code(' with '.join(best))}"
            others = {"the combination with the best single run": min(runs, key=itemgetter(1))[0]}
            if not self.earlier[1:]:  # later, other mistakes look like this one
                others["the combination with the highest mean"] = worst
            fits = [
                f"{code(' with '.join(pair))}, {which}"
                for which, pair in others.items()
                if self._keeps(pair) is not right
            ]
            text = f"right for {', or for '.join(fits)}"
            fact = Candidate("other_combination", text, answer) if fits else None
            yield Finding(f"{code(right)}: {expected}, and {kept}", code(answer), fact=fact)

    def _keeps(self, pair: Pair) -> bool:
        return all(value in self.value[param] for value, param in zip(pair, PARAMS, strict=True))


exercise, check, hint, solution = load(__file__, Refine)
