"""Compute what the lessons say of many seeds, which no cell can show in seconds.

Each claim is computed with the lesson's own functions and data, and written as the sentence that
the lesson must have. All of them, or those of some lessons: python -m tools.claims 08 12
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import comb
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from classroom.grading import select_cells
from helpers.digits import recorded_pairs
from helpers.simulated_trial import MEANS, simulate_trial
from tools.notebook_cells import read_prose
from tools.student_copies import NOTEBOOKS, find_solved, students_path

Lesson = Mapping[str, Any]
Claim = Callable[[], Iterator[str]]


def of_lesson(number: str, *names: str) -> dict[str, Any]:
    """Return what a lesson defines under these names, and what that needs."""
    path, namespace = students_path(find_solved(number, NOTEBOOKS)), dict[str, Any]()
    for cell in select_cells.select_cells(select_cells.read_sources(path), path.name, names):
        exec(cell.source, namespace)
    return namespace


def the_simulation() -> Iterator[str]:
    """Say of lesson 12's means what `helpers.simulated_trial` has."""
    for param1 in "xyz":
        u, w = (MEANS[param1, param2] for param2 in "uw")
        yield f"the simulation has {w - u:.2f}"


def kinds_of_means() -> Iterator[str]:
    """Say how often lesson 12's two kinds of means put u, v and w in order, with 200 seeds."""
    lesson, plain, balanced = of_lesson("12", "simulated", "balanced_means"), 0, 0
    for seed in range(200):
        random.seed(seed)
        trials = lesson["simulated"](25)
        plain += in_order(dict(pd.DataFrame(trials).groupby(1)[2].mean()))
        balanced += in_order(lesson["balanced_means"](trials))
    yield f"right in {plain}, balanced means in {balanced} of them"
    yield f"95% intervals: {interval(plain, 200)}, and {interval(balanced, 200)}"


def interval(successes: float, number: int) -> str:
    """Return Wilson's 95% interval of a share, in whole percent.

    >>> interval(100, 100)
    '96% to 100%'
    """
    share, z2 = successes / number, 1.96**2
    middle = (share + z2 / 2 / number) / (1 + z2 / number)
    spread = (z2 * (share * (1 - share) / number + z2 / 4 / number**2)) ** 0.5 / (1 + z2 / number)
    return f"{middle - spread:.0%} to {middle + spread:.0%}"


def in_order(means: Mapping[str, float]) -> bool:
    """Tell whether u has the lowest mean, then v, then w."""
    return sorted(means, key=means.__getitem__) == ["u", "v", "w"]


def power() -> Iterator[str]:
    """Say how many of 1,000 sweeps detect lesson 12's effect."""
    lesson = of_lesson("12", "simulated", "p_value")
    for num_runs in (20, 25, 30, 40):
        percent = percent_detected(lesson, num_runs, 1000)
        yield f"| {num_runs} | {percent:.0f}% | {interval(10 * percent, 1000)} |"


def percent_detected(lesson: Lesson, num_runs: int, sweeps: int) -> float:
    """Return how many of 100 sweeps of so many runs detect the effect, by lesson 12's test."""
    detected = 0
    for seed in range(sweeps):
        random.seed(seed)
        detected += lesson["p_value"](lesson["simulated"](num_runs), 99) <= 0.05
    return 100 * detected / sweeps


def half_the_effect() -> Iterator[str]:
    """Say how many runs let eight in ten sweeps detect half of lesson 12's effect."""
    lesson = of_lesson("12", "simulated", "p_value")
    xyz = {pair: mean for pair, mean in MEANS.items() if pair[0] in "xyz"}
    half = {pair: (mean + MEANS[pair[0], "v"]) / 2 for pair, mean in xyz.items()}
    with patch.dict(MEANS, half):
        percents = {n: percent_detected(lesson, n, 300) for n in range(80, 130, 10)}
    margin = 1.96 * (80 * 20 / 300) ** 0.5
    possible = [n for n, percent in percents.items() if abs(percent - 80) <= margin]
    yield f"an effect half as large takes between {min(possible)} and {max(possible)} runs"


def refinements() -> Iterator[str]:
    """Say how often refining loses the lowest mean, as in lesson 04, with 200 seeds."""
    lost = 0
    for seed in range(200):
        broad = search(seed)
        means = broad.groupby(["param1", "param2"])["metric1"].mean()
        kept = [
            set(means.groupby(param).mean().nsmallest(2).index) for param in ("param1", "param2")
        ]
        lost += means.idxmin() not in set(product(*kept))
    yield f"With {lost} of 200 seeds, you would lose the combination with the lowest mean"


def search(seed: int) -> pd.DataFrame:
    """Return the 25 trials that `execute_tuning` draws with a seed, without logging them."""
    random.seed(seed)
    pairs = ((random.choice("abc"), random.choice("def")) for _ in range(25))
    rows = [(*pair, simulate_trial(*pair)[0]) for pair in pairs]
    return pd.DataFrame(rows, columns=["param1", "param2", "metric1"])


def three_accuracies() -> Iterator[str]:
    """Say how lesson 08's three accuracies compare, with 100 seeds."""
    lesson = of_lesson("08", "score", "sheet", "GroupKFold")
    best, aside, whole = np.array([accuracies_of(lesson, seed) for seed in range(100)]).T
    closer = abs(whole - aside) < abs(best - aside)
    seeds = (closer & (aside < best)).sum()
    yield (
        f"With {seeds} of 100 seeds (95% interval: {interval(seeds, 100)}), the best child's "
        "accuracy is higher than on the sheets set aside, and `GroupKFold` comes closer to the "
        "latter"
    )


def accuracies_of(lesson: Lesson, seed: int) -> list[float]:
    """Return the best child's accuracy, that on the sheets set aside, and that on whole sheets."""
    random.seed(seed)
    draws = [(10 ** random.uniform(-2, 4), 10 ** random.uniform(-5, 1)) for _ in range(25)]
    score, seen = lesson["score"], lesson["seen"]
    scores = [score(*draw) for draw in draws]
    best = draws[scores.index(max(scores))]  # the first of equals, as `best_child`
    known, others = ((lesson["X"][rows], lesson["y"][rows]) for rows in (seen, ~seen))
    aside = lesson["build"](*best).fit(*known).score(*others)
    whole = score(*best, cv=lesson["GroupKFold"](5), groups=lesson["sheet"][seen])
    return [max(scores), aside, whole]


def samplers() -> Iterator[str]:
    """Say how many of lesson 13's studies would detect what its recorded pairs show."""
    gain = recorded_pairs()["best"]
    shares = [float(sign.mean()) for sign in (gain > 0, gain == 0, gain < 0)]
    lesson = of_lesson("13", "by_chance")
    powers = [power_of_pairs(lesson, pairs, shares) for pairs in (6, 65)]
    few, many = (f"{power:.0f}" for power in powers)
    yield f"with six pairs each, {few} then detects the effect. With 65 pairs each, {many} do"


def power_of_pairs(lesson: Lesson, pairs: int, shares: Sequence[float]) -> float:
    """Return how many of 100 studies detect an effect, by lesson 13's test.

    Args:
        lesson: the thirteenth.
        pairs: how many a study has.
        shares: the shares of pairs that TPE wins, ties and loses.
    """
    win, tie, lose = shares
    seen = 0.0
    for won, lost in product(range(pairs + 1), repeat=2):
        if won + lost <= pairs and lesson["by_chance"](won, lost) <= 0.05:
            ways = comb(pairs, won) * comb(pairs - won, lost)
            seen += ways * win**won * lose**lost * tie ** (pairs - won - lost)
    return 100 * seen


CLAIMS: list[tuple[str, Claim]] = [
    ("12", the_simulation),
    ("12", kinds_of_means),
    ("04", refinements),
    ("08", three_accuracies),
    ("12", power),
    ("12", half_the_effect),
    ("13", samplers),
]
FAST = CLAIMS[:3]  # seconds; the others take minutes


def missing(number: str, claim: Claim) -> list[str]:
    """Return what a claim computes and the lesson does not say.

    Args:
        number: the lesson's.
        claim: one of its `CLAIMS`.
    """
    prose = read_prose(students_path(find_solved(number, NOTEBOOKS)))
    return [sentence for sentence in claim() if sentence not in prose]


def main() -> None:
    """Compute the claims of the lessons that the command line names, or of all."""
    wrong = []
    for number, claim in CLAIMS:
        if number in (sys.argv[1:] or number):
            print(f"Lesson {number}: {claim.__doc__}", flush=True)
            wrong += [
                f"Lesson {number} does not say: {sentence}" for sentence in missing(number, claim)
            ]
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
