"""The exercise of lesson 10: won, tied and lost of a study with three levels of runs."""

import math
from math import comb

from exercises.engine import Finding, Findings, Requirements, code, load

COUNTS = ("won", "tied", "lost")


class Compare(Requirements):
    """What the exercise requires of a call."""

    def gains(self) -> dict[str, float]:
        """Return by how much TPE's result is better, for the seed of each pair that counts."""
        found: dict[str, dict[str, list[float]]] = {"TPE": {}, "random": {}}
        for search in self.before.finished(self.args[0]):
            rights = [run.metric("right") for run in self.before.finished(search.run_id)]
            counted = [right for right in rights if not math.isnan(right)]
            found[search.tags["sampler"]][search.tags["seed"]] = counted
        return {
            seed: max(own) - max(other)
            for seed, own in found["TPE"].items()
            if own and len(own) == len(other := found["random"].get(seed, []))
        }

    def returns_answers(self) -> Findings:
        """Tell whether a dict with four numbers came back."""
        return self.returns_a_dict(dict.fromkeys(COUNTS, (int,)) | {"by_chance": (float, int)})

    def counts_the_pairs(self) -> Findings:
        """Tell whether as many pairs were counted as count."""
        found, seeds = sum(self.value[key] for key in COUNTS), sorted(self.gains())
        if found != len(seeds):
            pairs = f"the pairs with the seeds {code(', '.join(seeds))}, {len(seeds)} in number"
            yield Finding(pairs if seeds else "no pair", f"{found} pairs")

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


exercise, check, hint, solution = load(__file__, Compare)
