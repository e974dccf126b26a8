"""The exercise of lesson 10: won, tied and lost of a study with three levels of runs."""

import math
from math import comb

from exercises.engine import Exercise, Finding, Findings, Requirements, Run, code

COUNTS = ("won", "tied", "lost")


class Compare(Requirements):
    """What the exercise requires of a call."""

    def finished(self, parent_id: str) -> list[Run]:
        """Return the children of a run that have finished."""
        family = self.before.children(parent_id)
        return [run for run in family if run.finished]

    def rights(self, search: Run) -> list[float]:
        """Return the `right` of each trial of a search that counts."""
        found = [run.metric("right") for run in self.finished(search.run_id)]
        return [right for right in found if not math.isnan(right)]

    def gains(self) -> dict[str, float]:
        """Return by how much TPE's result is better, for the seed of each pair that counts."""
        found: dict[str, dict[str, list[float]]] = {"TPE": {}, "random": {}}
        for search in self.finished(self.args[0]):
            found[search.tags["sampler"]][search.tags["seed"]] = self.rights(search)
        pairs = {seed: (own, found["random"].get(seed, [])) for seed, own in found["TPE"].items()}
        return {
            seed: max(own) - max(other)
            for seed, (own, other) in pairs.items()
            if own and len(own) == len(other)
        }

    def returns_answers(self) -> Findings:
        """Tell whether a dict with four numbers came back."""
        return self.returns_a_dict(dict.fromkeys(COUNTS, (int,)) | {"by_chance": (float, int)})

    def counts_the_pairs(self) -> Findings:
        """Tell whether as many pairs were counted as count."""
        found, seeds = sum(self.value[key] for key in COUNTS), sorted(self.gains())
        if found != len(seeds):
            which = (
                f", those with the seeds {code(', '.join(seeds))}" if 0 < len(seeds) < 10 else ""
            )
            yield Finding(f"{len(seeds)} pair{'s' * (len(seeds) != 1)}{which}", f"{found} pairs")

    def counts_won_and_lost(self) -> Findings:
        """Tell whether the pairs were counted right."""
        found = self.gains().values()
        won, lost = sum(gain > 0 for gain in found), sum(gain < 0 for gain in found)
        expected = dict(zip(COUNTS, (won, len(found) - won - lost, lost), strict=True))
        answers = {key: self.value[key] for key in COUNTS}
        if answers != expected:
            yield Finding(code(expected), code(answers))

    def knows_chance(self) -> Findings:
        """Tell whether the probability is that of so many heads or more."""
        won, found = self.value["won"], self.value["by_chance"]
        tosses = won + self.value["lost"]
        expected = sum(comb(tosses, heads) for heads in range(won, tosses + 1)) / 2**tosses
        if not math.isclose(found, expected, abs_tol=1e-9):
            said = f"{code(expected)}: {won} heads or more in {tosses} tosses"
            yield Finding(said, code(found))


exercise = Exercise.load(__file__, Compare)
check, hint, solution = exercise.check, exercise.hint, exercise.solution
