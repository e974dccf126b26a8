"""The solution of the notebook, with the lesson's cell that it needs."""

from math import comb

from helpers import children


def by_chance(won, lost):
    tosses = won + lost
    return sum(comb(tosses, heads) for heads in range(won, tosses + 1)) / 2**tosses


def compare(study_id):
    """Return how many pairs TPE won, tied and lost, and by what chance."""
    found = {}
    for _, search in children(study_id).iterrows():
        trials = children(search["run_id"])
        if search["status"] == "FINISHED" and "metrics.right" in trials:
            finished = trials[trials["status"] == "FINISHED"]
            right = finished["metrics.right"].dropna()
            pair = search["tags.sampler"], search["tags.seed"]
            found[pair] = len(right), right.max()
    gains = []
    for (kind, seed), (budget, best) in found.items():
        other_budget, other_best = found.get(("random", seed), (0, 0))
        if kind == "TPE" and budget == other_budget > 0:
            gains.append(best - other_best)
    won, lost = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    tied = len(gains) - won - lost
    counts = {"won": won, "tied": tied, "lost": lost}
    return {**counts, "by_chance": by_chance(won, lost)}
