"""The exercise of lesson 13: won, tied and lost of a study with three levels of runs."""

import math
from collections.abc import Callable, Mapping, Sequence
from math import comb
from statistics import fmean, median

from exercises.engine import Finding, Findings, Requirements, Run, code, load
from exercises.engine.wrong_values import Candidate, only_match, recognize

COUNTS = ("won", "tied", "lost")
Children = Callable[[str], Sequence[Run]]  # the children of a run that count


def count(gains: Mapping[str, float]) -> list[int]:
    """Return how many pairs TPE won, tied and lost."""
    won = sum(gain > 0 for gain in gains.values())
    lost = sum(gain < 0 for gain in gains.values())
    return [won, len(gains) - won - lost, lost]


def heads(tosses: int, at_least: int) -> float:
    """Return the probability of at least so many heads."""
    return float(sum(comb(tosses, number) for number in range(at_least, tosses + 1)) / 2**tosses)


class Compare(Requirements):
    """What the exercise requires of a call."""

    def gains(
        self,
        result: Callable[[list[float]], float] = max,
        sweeps: Children | None = None,
        trials: Children | None = None,
        *,
        any_budget: bool = False,
    ) -> dict[str, float]:
        """Return by how much TPE's result is better, for the seed of each pair that counts.

        Args:
            result: takes a sweep's result from the values of its trials.
            sweeps: returns the sweeps that count; by default, those that have finished.
            trials: returns the trials of a sweep that count; by default, those that have finished.
            any_budget: whether a pair counts if its two sweeps have different numbers of trials.
        """
        finished = self.before.finished_children
        values: dict[str, dict[str, list[float]]] = {"TPE": {}, "random": {}}
        for sweep in (sweeps or finished)(self.args[0]):
            rights = [run.metric("right") for run in (trials or finished)(sweep.run_id)]
            counted = [right for right in rights if not math.isnan(right)]
            values[sweep.tags["sampler"]][sweep.tags["seed"]] = counted
        gains = {}
        for seed, tpe in values["TPE"].items():
            random = values["random"].get(seed, [])
            if tpe and random and (any_budget or len(tpe) == len(random)):
                gains[seed] = result(tpe) - result(random)
        return gains

    @property
    def answers(self) -> list[int]:
        """The three numbers that came back."""
        return [self.value[key] for key in COUNTS]

    def returns_answers(self) -> Findings:
        """Require a dict with four numbers."""
        return self.returns_a_dict(dict.fromkeys(COUNTS, (int,)) | {"by_chance": (float, int)})

    def counts_the_pairs(self) -> Findings:
        """Require that as many pairs were counted as count."""
        number, seeds = sum(self.answers), sorted(self.gains())
        if number != len(seeds):
            pairs = f"the pairs with the seeds {code(', '.join(seeds))}, {len(seeds)} in number"
            fact = only_match(number, self.other_numbers())
            yield Finding(pairs if seeds else "no pair", f"{number} pairs", fact=fact)

    def other_numbers(self) -> list[Candidate]:
        """Return how many pairs there are if one rule of the task is missed."""
        every = self.before.children
        earlier = sum(sum(record.answers) for record in self.earlier if isinstance(record, Compare))
        candidates = [
            Candidate(name, f"the number of pairs if {rule}", len(gains))
            for name, rule, gains in (
                ("any_sweep", "sweeps count that are not FINISHED", self.gains(sweeps=every)),
                ("any_trial", "trials count that are not FINISHED", self.gains(trials=every)),
                (
                    "any_budget",
                    "the two sweeps may have different numbers of trials",
                    self.gains(any_budget=True),
                ),
            )
        ]
        if earlier:
            text = "the number of all pairs so far, with those of earlier calls"
            candidates.append(Candidate("earlier_call", text, len(self.gains()) + earlier))
        for value in self.earlier_values[-1:]:
            text = "the number that came back for this study earlier, when it had fewer runs"
            number = sum(value[key] for key in COUNTS)
            candidates.append(Candidate("earlier_call", text, number))
        return candidates

    def counts_won_and_lost(self) -> Findings:
        """Require that the pairs were counted right."""
        right = count(self.gains())
        if self.answers != right:
            expected, actual = (
                code(dict(zip(COUNTS, numbers, strict=True))) for numbers in (right, self.answers)
            )
            yield Finding(
                expected, actual, fact=only_match(self.answers, self.other_results(right))
            )

    def other_results(self, right: list[int]) -> list[Candidate]:
        """Return what the three numbers are if something else than the best trials is compared."""
        won, tied, lost = right
        results: dict[str, Callable[[list[float]], float]] = {
            "mean": fmean,
            "median": median,
            "lowest": min,
            "first": lambda values: values[0],
            "last": lambda values: values[-1],
        }
        text = "what comes out if the {} `right` of each sweep is compared"
        earlier = "what came back for this study earlier, before new runs were logged"
        return [
            Candidate(
                "the_other_way", "`won` and `lost`, each in place of the other", [lost, tied, won]
            ),
            Candidate(
                "ties_won", "the right numbers if a tie counts as won", [won + tied, tied, lost]
            ),
            *(
                Candidate(
                    "mean" if name == "median" else name,
                    text.format(name),
                    count(self.gains(result)),
                )
                for name, result in results.items()
            ),
            *(
                Candidate("earlier_call", earlier, [value[key] for key in COUNTS])
                for value in self.earlier_values
            ),
        ]

    def knows_chance(self) -> Findings:
        """Require the probability of so many heads or more."""
        chance, (won, tied, lost) = self.value["by_chance"], self.answers
        tosses = won + lost
        right = heads(tosses, won)
        if not math.isclose(chance, right, abs_tol=1e-9):
            more = heads(tosses, won + 1)
            others = {
                "ties_tossed": (
                    "the probability with a toss for each tie",
                    heads(tosses + tied, won),
                ),
                "more_than": ("the probability of more wins than that", more),
                "exactly": ("the probability of exactly so many wins", right - more),
                "both_sides": ("twice the right probability, at most 1", min(1, 2 * right)),
                "of_the_losses": ("the probability of so many losses", heads(tosses, lost)),
            }
            # Sums of floats differ in the last digits, so take each close value for this one.
            candidates = [
                Candidate(name, text, chance if math.isclose(value, chance) else value)
                for name, (text, value) in others.items()
            ]
            fact = only_match(chance, candidates) or recognize(chance, right)
            text = f"{code(right)}: {won} heads or more in {tosses} tosses"
            yield Finding(text, code(chance), fact=fact)


exercise, check, hint, solution = load(__file__, Compare)
