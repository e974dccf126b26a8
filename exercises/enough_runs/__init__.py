"""The exercise of lesson 09: how many runs let eight in ten sweeps detect an effect."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Any

from exercises.engine import Finding, Findings, Requirements, Run, code, load
from exercises.engine.facts import Candidate

Verdicts = dict[int, list[bool]]  # of each number of runs, which sweeps detect the effect
NONE_IS_ENOUGH = "`None`: with no number of runs do eight in ten sweeps detect the effect"


def as_fraction(num_runs: int, sweeps: list[bool]) -> str:
    """Say how many sweeps detect the effect."""
    return f"with {num_runs} runs, {sum(sweeps)} of {len(sweeps)} sweeps detect it"


def are_enough(sweeps: list[bool]) -> bool:
    """Tell whether at least eight in ten sweeps detect the effect."""
    return 10 * sum(sweeps) >= 8 * len(sweeps)


def detect(runs: Iterable[Run], effect: Callable[[float], bool] = lambda p: p <= 0.05) -> Verdicts:
    """Return which sweeps with a `share` detect the effect, by their number of runs, sorted."""
    verdicts = defaultdict[int, list[bool]](list)
    for run in runs:
        if not math.isnan(run.metric("share")):
            verdicts[int(run.params["num_runs"])].append(effect(run.metric("share")))
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
        return detect(self.before.finished(self.args[0]))

    def returns_a_number(self) -> Findings:
        """Require that a whole number came back, or None."""
        if type(self.value) is not int and self.outcome.returned != "NoneType":
            cause = "as_string" if self.outcome.returned == "str" else ""
            yield Finding("a whole number, or None", self.outcome.description, cause=cause)

    def enough_detect_it(self) -> Findings:
        """Require that eight in ten sweeps detect the effect with the number that came back."""
        number, sweeps = self.value, self.verdicts.get(self.value, [])
        if number is not None and not (sweeps and are_enough(sweeps)):
            known = as_fraction(number, sweeps) if sweeps else "no sweep that counts has it"
            none = smallest(self.verdicts) is None
            expected = (
                NONE_IS_ENOUGH if none else "a number of runs with which eight in ten detect it"
            )
            cause = "none_is_enough" if none else ""
            yield Finding(expected, f"{code(number)}: {known}", None, cause, self.fact())

    def from_there_on(self) -> Findings:
        """Require that that holds for every larger number, too."""
        number = math.inf if self.value is None else self.value
        for num_runs, sweeps in self.verdicts.items():
            if num_runs > number and not are_enough(sweeps):
                found = f"{code(number)}; but {as_fraction(num_runs, sweeps)}"
                expected = "a number above which all others are enough, too"
                yield Finding(expected, found, fact=self.fact())

    def the_lowest(self) -> Findings:
        """Require that it is the lowest such number."""
        verdicts = self.verdicts
        lowest = smallest(verdicts)
        if self.value != lowest:
            why = f": {as_fraction(lowest, verdicts[lowest])}" if lowest else ""
            fact = self.fact()
            cause = "none" if self.value is None and not fact else ""
            yield Finding(f"{code(lowest)}{why}", code(self.value), None, cause, fact)

    def fact(self) -> Candidate | None:
        """Name what the value is that came back, if just one mistake leads to it."""
        remembered = [record.value for record in self.earlier if record.args == self.args]
        if self.value is not None and self.value in remembered:
            text = "what the function returned for this study earlier, when it had fewer sweeps"
            return Candidate("earlier_call", text, self.value)
        fitting = [one for one in self.mistakes() if one.value == self.value]
        return fitting[0] if len(fitting) == 1 else None

    def mistakes(self) -> Iterator[Candidate]:
        """Yield what comes back if one rule of the task is missed."""
        study, verdicts = self.args[0], self.verdicts
        children, finished = self.before.children(study), self.before.finished(study)
        studies = [record.args[0] for record in self.earlier] + [study]
        pooled = [run for each in studies for run in self.before.finished(each)]
        text = "what comes out if the sweeps of earlier calls count as well"
        yield Candidate("earlier_call", text, smallest(detect(pooled)))
        below = [run for child in finished for run in self.before.finished(child.run_id)]
        text = "what comes out if sweeps count that are not FINISHED"
        yield Candidate("any_status", text, smallest(detect(children)))
        text = "what comes out if the children of sweeps count as well"
        yield Candidate("below_a_sweep", text, smallest(detect([*finished, *below])))
        text = "what comes out if a `share` of exactly 0.05 does not count as detecting the effect"
        yield Candidate("limit_left_out", text, smallest(detect(finished, lambda p: p < 0.05)))
        text = "what comes out if `share` is rounded to two digits"
        yield Candidate("rounded", text, smallest(detect(finished, lambda p: round(p, 2) <= 0.05)))
        text = "what comes out if exactly eight in ten is not enough"
        strictly = smallest(verdicts, lambda sweeps: 10 * sum(sweeps) > 8 * len(sweeps))
        yield Candidate("exactly_eight", text, strictly)
        text = "what comes out if the numbers are sorted as strings"
        yield Candidate("sorted_as_strings", text, smallest(verdicts, order=str))
        everything = {int(run.params["num_runs"]): [False] for run in children}
        text = "what comes out if a number of which no sweep counts is not left out"
        yield Candidate("without_sweeps", text, smallest(everything | verdicts))
        text = "what comes out if NaN counts as a `share` above 0.05"
        undefined = {
            int(run.params["num_runs"]): [False] * 10
            for run in finished
            if math.isnan(run.metric("share"))
        }
        yield Candidate("nan_counts", text, smallest(verdicts | undefined))
        every = {int(run.params["num_runs"]): [True] for run in children}
        text = "what comes out if a number of which no sweep counts is enough"
        yield Candidate("without_sweeps", text, smallest(every | verdicts))
        alone = next((number for number in verdicts if are_enough(verdicts[number])), None)
        text = "the lowest number that is enough by itself, whatever the larger ones say"
        yield Candidate("the_first_enough", text, alone)
        text = "the largest number in the study"
        yield Candidate("the_largest", text, max(verdicts, default=None))


exercise, check, hint, solution = load(__file__, EnoughRuns)
