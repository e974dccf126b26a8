"""The exercise of lesson 10: won, tied and lost of a study with three levels of runs."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import comb
from statistics import fmean, median

from exercises.engine import Finding, Findings, Requirements, Run, code, load
from exercises.engine.facts import Candidate, describe

COUNTS = ("won", "tied", "lost")
Choice = Callable[[str], list[Run]]  # of the children of a run, those that count


def counts(gains: Sequence[float]) -> list[int]:
    """Return how many pairs TPE won, tied and lost."""
    won, lost = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    return [won, len(gains) - won - lost, lost]


def numbers(value: Mapping[str, int]) -> list[int]:
    """Return the three numbers in what came back."""
    return [value[key] for key in COUNTS]


def heads(tosses: int, at_least: int) -> float:
    """Return the probability of at least so many heads."""
    return float(sum(comb(tosses, number) for number in range(at_least, tosses + 1)) / 2**tosses)


class Compare(Requirements):
    """What the exercise requires of a call."""

    def gains(
        self,
        result: Callable[[list[float]], float] = max,
        sweeps: Choice | None = None,
        trials: Choice | None = None,
        *,
        any_budget: bool = False,
    ) -> dict[str, float]:
        """Return by how much TPE's result is better, for the seed of each pair that counts.

        Args:
            result: takes a sweep's result from the values of its trials.
            sweeps: of the study, those that count; by default, those that have finished.
            trials: of a sweep, likewise.
            any_budget: whether a pair counts if its two sweeps have different numbers of trials.
        """
        finished = self.before.finished
        values: dict[str, dict[str, list[float]]] = {"TPE": {}, "random": {}}
        for sweep in (sweeps or finished)(self.args[0]):
            rights = [run.metric("right") for run in (trials or finished)(sweep.run_id)]
            counted = [right for right in rights if not math.isnan(right)]
            values[sweep.tags["sampler"]][sweep.tags["seed"]] = counted
        return {
            seed: result(own) - result(other)
            for seed, own in values["TPE"].items()
            if own and (other := values["random"].get(seed, []))
            if any_budget or len(own) == len(other)
        }

    @property
    def answers(self) -> list[int]:
        """The three numbers that came back."""
        return numbers(self.value)

    def returns_answers(self) -> Findings:
        """Require that a dict with four numbers came back."""
        if not isinstance(self.value, dict):
            keys = ", ".join(map(code, (*COUNTS, "by_chance")))
            yield Finding(f"a dict with the keys {keys}", self.outcome.description)
        yield from self.returns_a_dict(dict.fromkeys(COUNTS, (int,)) | {"by_chance": (float, int)})

    def counts_the_pairs(self) -> Findings:
        """Require that as many pairs were counted as count."""
        found, seeds = sum(self.answers), sorted(self.gains())
        if found != len(seeds):
            pairs = f"the pairs with the seeds {code(', '.join(seeds))}, {len(seeds)} in number"
            fitting = [one for one in self.other_pairs() if one.value == found]
            fact = fitting[0] if len(fitting) == 1 else None
            yield Finding(pairs if seeds else "no pair", f"{found} pairs", fact=fact)

    def other_pairs(self) -> Iterator[Candidate]:
        """Yield how many pairs there are if one rule of the task is missed."""
        before = [sum(numbers(record.value)) for record in self.earlier]
        again = [sum(numbers(one.value)) for one in self.earlier if one.args == self.args]
        if before:
            text = "the number of all pairs so far, with those of earlier calls"
            yield Candidate("earlier_call", text, len(self.gains()) + sum(before))
        if again:
            text = "the number that came back for this study earlier, when it had fewer runs"
            yield Candidate("earlier_call", text, again[-1])
        every = self.before.children
        text = "the number of pairs if sweeps count that are not FINISHED"
        yield Candidate("any_sweep", text, len(self.gains(sweeps=every)))
        text = "the number of pairs if trials count that are not FINISHED"
        yield Candidate("any_trial", text, len(self.gains(trials=every)))
        text = "the number of pairs if the two sweeps may have different numbers of trials"
        yield Candidate("any_budget", text, len(self.gains(any_budget=True)))

    def counts_won_and_lost(self) -> Findings:
        """Tell whether the pairs were counted right."""
        expected = counts([*self.gains().values()])
        if self.answers != expected:
            right, found = (
                dict(zip(COUNTS, each, strict=True)) for each in (expected, self.answers)
            )
            fitting = [one for one in self.other_results() if one.value == self.answers]
            fact = fitting[0] if len(fitting) == 1 else None
            yield Finding(code(right), code(found), fact=fact)

    def other_results(self) -> Iterator[Candidate]:
        """Yield what the three numbers are if something else than the best trials is compared."""
        right = counts([*self.gains().values()])
        yield Candidate(
            "the_other_way", "`won` and `lost`, each in place of the other", right[::-1]
        )
        text = "the right numbers if a tie counts as won"
        yield Candidate("ties_won", text, [right[0] + right[1], right[1], right[2]])
        results: dict[str, Callable[[list[float]], float]] = {
            "mean": fmean,
            "median": median,
            "lowest": min,
            "first": lambda values: values[0],
            "last": lambda values: values[-1],
        }
        for which, result in results.items():
            name = "mean" if which == "median" else which
            text = f"what comes out if the {which} `right` of each sweep is compared"
            yield Candidate(name, text, counts([*self.gains(result).values()]))
        for record in self.earlier:
            if record.args == self.args:
                text = "what came back for this study earlier, before new runs were logged"
                yield Candidate("earlier_call", text, numbers(record.value))

    def knows_chance(self) -> Findings:
        """Tell whether the probability is that of so many heads or more."""
        found, (won, tied, lost) = self.value["by_chance"], self.answers
        tosses = won + lost
        expected = heads(tosses, won)
        if not math.isclose(found, expected, abs_tol=1e-9):
            exactly = expected - heads(tosses, won + 1)
            others = [
                (
                    "ties_tossed",
                    "the probability with a toss for each tie",
                    heads(tosses + tied, won),
                ),
                ("more_than", "the probability of more wins than that", heads(tosses, won + 1)),
                ("exactly", "the probability of exactly so many wins", exactly),
                ("both_sides", "twice the right probability, at most 1", min(1, 2 * expected)),
                ("of_the_losses", "the probability of so many losses", heads(tosses, lost)),
            ]
            fitting = [Candidate(*one) for one in others if math.isclose(one[2], found)]
            candidates = fitting if len(fitting) == 1 else []
            fact = next(iter(candidates), None) or describe(found, expected)
            text = f"{code(expected)}: {won} heads or more in {tosses} tosses"
            yield Finding(text, code(found), fact=fact)


exercise, check, hint, solution = load(__file__, Compare)
