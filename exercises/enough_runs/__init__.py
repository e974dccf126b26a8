"""The exercise of lesson 12: how many runs let eight in ten sweeps detect an effect."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Any

from exercises.engine import Finding, Findings, Requirements, Run, code, load
from exercises.engine.wrong_values import Candidate, only_match

Verdicts = dict[int, list[bool]]  # of each number of runs, which sweeps detect the effect


def describe_sweeps(num_runs: int, sweeps: list[bool]) -> str:
    """Return how many sweeps detect the effect, in words."""
    return f"with {num_runs} runs, {sum(sweeps)} of {len(sweeps)} sweeps detect it"


def are_enough(sweeps: list[bool]) -> bool:
    """Tell whether at least eight in ten sweeps detect the effect."""
    return 10 * sum(sweeps) >= 8 * len(sweeps)


def detect(runs: Iterable[Run], effect: Callable[[float], bool] = lambda p: p <= 0.05) -> Verdicts:
    """Return which sweeps with a `p_value` detect the effect, by their number of runs, sorted."""
    verdicts = defaultdict[int, list[bool]](list)
    for run in runs:
        if not math.isnan(run.metric("p_value")):
            verdicts[int(run.params["num_runs"])].append(effect(run.metric("p_value")))
    return dict(sorted(verdicts.items()))


def smallest(
    verdicts: Verdicts,
    enough: Callable[[list[bool]], bool] = are_enough,
    order: Callable[[int], Any] = int,
) -> int | None:
    """Return the smallest number from which on every number is enough; None if there is none."""
    downwards = sorted(verdicts, key=order, reverse=True)
    passed = [*takewhile(lambda number: enough(verdicts[number]), downwards)]
    return passed[-1] if passed else None


class EnoughRuns(Requirements):
    """What the exercise requires of a call."""

    @property
    def verdicts(self) -> Verdicts:
        """Which sweeps of the study detect the effect, by their number of runs."""
        return detect(self.before.finished_children(self.args[0]))

    def returns_a_number(self) -> Findings:
        """Require a whole number, or None."""
        if type(self.value) is not int and self.outcome.returned != "NoneType":
            cause = "as_string" if self.outcome.returned == "str" else ""
            yield Finding("a whole number, or None", self.outcome.description, cause=cause)

    def enough_detect_it(self) -> Findings:
        """Require that eight in ten sweeps detect the effect with the number that came back."""
        number, sweeps = self.value, self.verdicts.get(self.value, [])
        if number is not None and not (sweeps and are_enough(sweeps)):
            known = describe_sweeps(number, sweeps) if sweeps else "no sweep that counts has it"
            expected, cause = "a number of runs with which eight in ten detect it", ""
            if smallest(self.verdicts) is None:
                cause = "none_is_enough"
                expected = "`None`: with no number of runs do eight in ten sweeps detect the effect"
            yield Finding(expected, f"{code(number)}: {known}", None, cause, self.fact())

    def from_there_on(self) -> Findings:
        """Require that the same holds for every larger number."""
        number = math.inf if self.value is None else self.value
        for num_runs, sweeps in self.verdicts.items():
            if num_runs > number and not are_enough(sweeps):
                actual = f"{code(number)}; but {describe_sweeps(num_runs, sweeps)}"
                expected = "a number above which all others are enough, too"
                yield Finding(expected, actual, fact=self.fact())

    def the_lowest(self) -> Findings:
        """Require the lowest such number."""
        lowest, fact = smallest(self.verdicts), self.fact()
        if self.value != lowest:
            why = f": {describe_sweeps(lowest, self.verdicts[lowest])}" if lowest else ""
            cause = "none" if self.value is None and not fact else ""
            yield Finding(f"{code(lowest)}{why}", code(self.value), None, cause, fact)

    def fact(self) -> Candidate | None:
        """Return what the value is that came back, if just one mistake leads to it."""
        if self.value is not None and self.value in self.earlier_values:
            text = "what the function returned for this study earlier, when it had fewer sweeps"
            return Candidate("earlier_call", text, self.value)
        return only_match(self.value, self.mistakes())

    def mistakes(self) -> list[Candidate]:
        """Return what comes back if one rule of the task is missed."""
        study, verdicts = self.args[0], self.verdicts
        children, finished = self.before.children(study), self.before.finished_children(study)
        studies = [record.args[0] for record in self.earlier] + [study]
        pooled = [run for each in studies for run in self.before.finished_children(each)]
        below = [run for child in finished for run in self.before.finished_children(child.run_id)]
        numbers = [int(run.params["num_runs"]) for run in children]
        undefined = [
            int(run.params["num_runs"]) for run in finished if math.isnan(run.metric("p_value"))
        ]
        rules = {
            "the sweeps of earlier calls count as well": ("earlier_call", detect(pooled)),
            "sweeps count that are not FINISHED": ("any_status", detect(children)),
            "the children of sweeps count as well": (
                "below_a_sweep",
                detect([*finished, *below]),
            ),
            "a `p_value` of exactly 0.05 does not count as detecting the effect": (
                "limit_left_out",
                detect(finished, lambda p: p < 0.05),
            ),
            "`p_value` is rounded to two digits": (
                "rounded",
                detect(finished, lambda p: round(p, 2) <= 0.05),
            ),
            "a number of which no sweep counts is not left out": (
                "without_sweeps",
                {n: [False] for n in numbers} | verdicts,
            ),
            "a number of which no sweep counts is enough": (
                "without_sweeps",
                {n: [True] for n in numbers} | verdicts,
            ),
            "NaN counts as a `p_value` above 0.05": (
                "nan_counts",
                verdicts | {n: [False] for n in undefined},
            ),
        }
        strictly = smallest(verdicts, lambda sweeps: 10 * sum(sweeps) > 8 * len(sweeps))
        alone = next((number for number in verdicts if are_enough(verdicts[number])), None)
        return [
            *(
                Candidate(name, f"what comes out if {rule}", smallest(wrong))
                for rule, (name, wrong) in rules.items()
            ),
            Candidate(
                "exactly_eight", "what comes out if exactly eight in ten is not enough", strictly
            ),
            Candidate(
                "sorted_as_strings",
                "what comes out if the numbers are sorted as strings",
                smallest(verdicts, order=str),
            ),
            Candidate(
                "the_first_enough",
                "the lowest number that is enough by itself, whatever the larger ones say",
                alone,
            ),
            Candidate(
                "the_largest", "the largest number in the study", max(verdicts, default=None)
            ),
        ]


exercise, check, hint, solution = load(__file__, EnoughRuns)
