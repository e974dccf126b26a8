"""The exercise of lesson 10: won, tied and lost of a study with three levels of runs."""

from __future__ import annotations

import math
from math import comb

from mlflow.entities import Run

from exercises.engine import Exercise, Finding, Record, code
from exercises.engine.shared import returns_a_dict

exercise = Exercise.load(__file__)
COUNTS = ("won", "tied", "lost")


def results(record: Record) -> dict[tuple[str, str], list[float]]:
    """Return the results that count of each search that counts, by sampler and seed."""
    return {
        (search.data.tags["sampler"], search.data.tags["seed"]): rights(record, search)
        for search in record.before.children(record.call.args[0])
        if search.info.status == "FINISHED"
    }


def rights(record: Record, search: Run) -> list[float]:
    """Return the `right` of each trial of a search that counts."""
    trials = record.before.children(search.info.run_id)
    done = [run.data.metrics for run in trials if run.info.status == "FINISHED"]
    return [one["right"] for one in done if not math.isnan(one.get("right", math.nan))]


def gains(record: Record) -> dict[str, float]:
    """Return by how much TPE's result is better, for the seed of each pair that counts."""
    found = results(record)
    return {
        seed: max(own) - max(other)
        for (sampler, seed), own in found.items()
        if sampler == "TPE" and own and len(own) == len(other := found.get(("random", seed), []))
    }


def counted(record: Record) -> dict[str, int]:
    """Return how many pairs TPE won, tied and lost."""
    found = gains(record).values()
    won, lost = sum(gain > 0 for gain in found), sum(gain < 0 for gain in found)
    return {"won": won, "tied": len(found) - won - lost, "lost": lost}


@exercise.requirement
def returns_answers(record: Record) -> Finding | None:
    """Tell whether a dict with four numbers came back."""
    return returns_a_dict(record, dict.fromkeys(COUNTS, (int,)) | {"by_chance": (float, int)})


@exercise.requirement
def counts_the_pairs(record: Record) -> Finding | None:
    """Tell whether as many pairs were counted as count."""
    found, seeds = sum(record.value[key] for key in COUNTS), sorted(gains(record))
    if found == len(seeds):
        return None
    which = f", those with the seeds {code(', '.join(seeds))}" if 0 < len(seeds) < 10 else ""
    return Finding(f"{len(seeds)} pair{'s' * (len(seeds) != 1)}{which}", f"{found} pairs")


@exercise.requirement
def counts_won_and_lost(record: Record) -> Finding | None:
    """Tell whether the pairs were counted right."""
    expected = counted(record)
    found = {key: record.value[key] for key in COUNTS}
    return Finding(code(expected), code(found)) if found != expected else None


@exercise.requirement
def knows_chance(record: Record) -> Finding | None:
    """Tell whether the probability is that of so many heads or more."""
    won, tosses = record.value["won"], record.value["won"] + record.value["lost"]
    expected = sum(comb(tosses, heads) for heads in range(won, tosses + 1)) / 2**tosses
    if math.isclose(record.value["by_chance"], expected, abs_tol=1e-9):
        return None
    found = code(record.value["by_chance"])
    return Finding(f"{code(expected)}: {won} heads or more in {tosses} tosses", found)


check, hint, solution = exercise.check, exercise.hint, exercise.solution
