"""The exercise of lesson 04: choose a refined space from the runs, and say what it loses.

In runs.csv, the medians, the lowest, highest, first and last ones, the plain means and so on all
lead elsewhere than the means of means: see the wrong ones in answers/.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isnan
from statistics import fmean, median
from typing import TypeVar

from exercises.engine import Finding, Findings, Requirements, Run, code, load
from exercises.engine.facts import Candidate, describe

Key = TypeVar("Key")
Pair = tuple[str, str]  # a combination: the values of param1 and of param2
Summary = Callable[[Sequence[float]], float]
PARAMS = ("param1", "param2")


def means(pairs: Iterable[tuple[Key, float]], summary: Summary = fmean) -> dict[Key, float]:
    """Return the mean of each key's values, or another summary of them, the lowest one first."""
    values = defaultdict[Key, list[float]](list)
    for key, value in pairs:
        values[key].append(value)
    return dict(sorted(((key, summary(v)) for key, v in values.items()), key=lambda item: item[1]))


def results(runs: Iterable[Run], metric: str = "metric1") -> list[tuple[Pair, float]]:
    """Return the combination and the metric of each run that has both."""
    return [
        ((run.params["param1"], run.params["param2"]), run.metrics[metric])
        for run in runs
        if {*PARAMS} <= run.params.keys() and not isnan(run.metric(metric))
    ]


def by_value(pairs: Iterable[tuple[Pair, float]], place: int) -> dict[str, float]:
    """Return the mean for each value of a parameter, the lowest one first."""
    return means((pair[place], value) for pair, value in pairs)


def keep(pairs: Iterable[tuple[Pair, float]], highest: bool = False) -> list[list[str]]:
    """Return the two values of each parameter with the lowest means, or with the highest ones."""
    both = [list(by_value(list(pairs), place)) for place in (0, 1)]
    return [sorted(values[-2:] if highest else values[:2]) for values in both]


class Refine(Requirements):
    """What the exercise requires of a call."""

    @property
    def runs(self) -> list[Run]:
        """The runs of the search."""
        return [run for run in self.older if run.tags.get("test_identifier") == self.args[0]]

    def combinations(self) -> dict[Pair, float]:
        """Return the mean of each combination, the lowest one first."""
        return means(results(self.runs))

    def returns_answers(self) -> Findings:
        """Require that a dict with the three answers came back."""
        yield from self.returns_a_dict(
            {"param1": (list,), "param2": (list,), "keeps_best": (bool,)}
        )
        for param in PARAMS:
            found = self.value[param]
            shown = f"`{param}` = {code(found)}"
            if len(found) != 2:
                yield Finding(
                    f"two values as `{param}`",
                    f"{len(found)}: {shown}",
                    cause="number" if found else "none",
                )
            for item in found:
                if not isinstance(item, str):
                    kind = code(type(item).__name__)
                    found_in_words = f"{shown}, in which {code(item)} is of type {kind}"
                    yield Finding(
                        f"the values in `{param}` are strings", found_in_words, cause="no_strings"
                    )

    def chooses_values(self) -> Findings:
        """Tell whether the two values with the lowest means were chosen of each parameter."""
        pairs = list(self.combinations().items())
        found, right = [sorted(self.value[param]) for param in PARAMS], keep(pairs)
        for place, param in enumerate(PARAMS):
            if found[place] != right[place]:
                lowest = by_value(pairs, place)
                shown = {value: round(mean, 6) for value, mean in lowest.items()}
                yield Finding(
                    f"`{param}` = {code(list(lowest)[:2])}; the means are {code(shown)}",
                    code(self.value[param]),
                    fact=describe(found, right, self.other_choices(pairs)),
                )

    def other_choices(self, pairs: list[tuple[Pair, float]]) -> Iterator[Candidate]:
        """Yield what other rules would choose."""
        runs, right = results(self.runs), keep(pairs)
        yield Candidate("keys_exchanged", "what belongs to the other parameter", right[::-1])
        yield from (
            Candidate("cached", f"what call {number} returned, before new runs were logged", before)
            for number, record in enumerate(self.earlier, start=1)
            if record.args == self.args
            for before in [[sorted(record.value[param]) for param in PARAMS]]
        )
        if (
            self.earlier
        ):  # the frequent mistakes differ in the first call, and by chance agree later
            return
        rules = {
            "highest": ("what the two highest means give", keep(pairs, highest=True)),
            "plain_means": ("what the plain means over all runs give", keep(runs)),
            "every_run": (
                "what all runs of the experiment give, not just this search's",
                keep(means(results(self.older)).items()),
            ),
            "metric2": (
                "what `metric2` gives",
                keep(means(results(self.runs, "metric2")).items()),
            ),
            "best_runs": (
                "what one run of each combination gives, the best one",
                keep(means(runs, min).items()),
            ),
            "medians": (
                "what the median of each combination gives",
                keep(means(runs, median).items()),
            ),
            "finished": (
                "what the FINISHED runs alone give",
                keep(means(results(run for run in self.runs if run.finished)).items()),
            ),
        }
        yield from (Candidate(name, text, values) for name, (text, values) in rules.items())

    def knows_what_is_lost(self) -> Findings:
        """Tell whether `keeps_best` is right."""
        best, *_, worst = self.combinations()
        runs = results(self.runs)
        best_run = min(runs, key=lambda each: each[1])[0]
        answer, right = self.value["keeps_best"], self._keeps(best)
        if answer is not right:
            kept = "both are kept" if right else "one of the two isn't kept, or neither"
            expected = f"the combination with the lowest mean is {code(' with '.join(best))}"
            others = {"the combination with the best single run": best_run}
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
