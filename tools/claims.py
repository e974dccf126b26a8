"""Compute what the lessons say of many seeds, which no cell can show in seconds.

Each claim is computed with the lesson's own functions and data, and written as the sentence that
the lesson must have. All of them, or those of some lessons: python -m tools.claims 06 07
"""

from __future__ import annotations

import ast
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import comb
from typing import Any
from unittest.mock import patch

import nbformat
import numpy as np
import pandas as pd

from helpers.trial import MEANS, simulate_trial
from tools.student_copies import NOTEBOOKS

Lesson = Mapping[str, Any]
Claim = Callable[[], Iterator[str]]


def read(number: str) -> nbformat.NotebookNode:
    """Return a lesson as students get it."""
    [path] = NOTEBOOKS.glob(f"{number}_*.ipynb")
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def of_lesson(number: str, *cells: str) -> dict[str, Any]:
    """Return what a lesson imports and defines as functions, and what these cells compute."""
    names: dict[str, Any] = {}
    for cell in read(number).cells:
        if cell.cell_type == "code":
            body = ast.parse(cell.source).body
            if cell.id not in cells:
                kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef)
                body = [node for node in body if isinstance(node, kinds)]
            exec(compile(ast.Module(body, []), f"lesson {number}", "exec"), names)
    return names


def the_simulation() -> Iterator[str]:
    """Say of lesson 09's means what `helpers.trial` has."""
    for param1 in "xyz":
        u, w = (MEANS[param1, param2] for param2 in "uw")
        yield f"the simulation has {w - u:.2f}"


def kinds_of_means() -> Iterator[str]:
    """Say how often lesson 09's two kinds of means put u, v and w in order, with 200 seeds."""
    lesson, plain, balanced = of_lesson("09"), 0, 0
    for seed in range(200):
        random.seed(seed)
        trials = lesson["simulated"](25)
        plain += in_order(dict(pd.DataFrame(trials).groupby(1)[2].mean()))
        balanced += in_order(lesson["balanced_means"](trials))
    yield f"right in {plain}, balanced means in {balanced} ("


def in_order(means: Mapping[str, float]) -> bool:
    """Tell whether u has the lowest mean, then v, then w."""
    return sorted(means, key=means.__getitem__) == ["u", "v", "w"]


def power() -> Iterator[str]:
    """Say how many of 1,000 searches see lesson 09's effect, and how many runs half of it takes."""
    lesson = of_lesson("09")
    see = {number: seeing(lesson, number, 1000) for number in (25, 30, 40)}
    yield f"{see[25]:.0f} % see the effect with 25 runs"
    yield f"{see[30]:.0f} % with 30 and {see[40]:.0f} % with 40"


def seeing(lesson: Lesson, num_runs: int, searches: int) -> float:
    """Return how many of 100 searches of so many runs see the effect, by lesson 09's test."""
    found = 0
    for seed in range(searches):
        random.seed(seed)
        found += lesson["share"](lesson["simulated"](num_runs), 99) <= 0.05
    return 100 * found / searches


def half_the_effect() -> Iterator[str]:
    """Say from how many runs on eight in ten searches see half of lesson 09's effect."""
    lesson = of_lesson("09")
    middle = {pair: MEANS[pair[0], "v"] for pair in MEANS if pair[0] in "xyz"}
    half = {pair: (MEANS[pair] + mean) / 2 for pair, mean in middle.items()}
    with patch.dict(MEANS, half):
        enough = next(n for n in range(60, 200, 10) if seeing(lesson, n, 300) >= 80)
    yield f"half of it takes about {enough} ("


def refinements() -> Iterator[str]:
    """Say how usual what lesson 04 finds is, with 200 seeds."""
    lost, costs = 0, []
    for seed in range(200):
        random.seed(seed)
        broad = search("abc", "def")
        means = broad.groupby(["param1", "param2"])["metric1"].mean()
        kept = [
            set(means.groupby(param).mean().nsmallest(2).index) for param in ("param1", "param2")
        ]
        lost += means.idxmin() not in set(product(*kept))
        costs.append(25 / (broad["metric1"] < 0.3).sum())
    yield f"Of 200 seeds, {lost} lose the best combination"
    yield f"with 200 seeds, the median is {statistics.median(costs):.1f}."


def search(param1: Sequence[str], param2: Sequence[str]) -> pd.DataFrame:
    """Return 25 trials as `execute_tuning` draws them, without logging them."""
    pairs = ((random.choice(param1), random.choice(param2)) for _ in range(25))
    rows = [(*pair, simulate_trial(*pair)[0]) for pair in pairs]
    return pd.DataFrame(rows, columns=["param1", "param2", "metric1"])


def draws(seed: int) -> list[tuple[float, float]]:
    """Return C and gamma of the 25 trials of lesson 06, with a seed of `random`."""
    chance = random.Random(seed)
    return [(10 ** chance.uniform(-2, 4), 10 ** chance.uniform(-5, 1)) for _ in range(25)]


def mean_score(lesson: Lesson, draw: tuple[float, float], division: int) -> float:
    """Return the mean score of one draw of lesson 06 in one division into folds."""
    data, model = (lesson["X"][lesson["seen"]], lesson["y"][lesson["seen"]]), lesson["build"](*draw)
    folds = lesson["StratifiedKFold"](3, shuffle=True, random_state=division)
    return float(lesson["cross_val_score"](model, *data, cv=folds).mean())


def four_numbers() -> Iterator[str]:
    """Say how lesson 06's four numbers compare, with 100 seeds."""
    lesson = of_lesson("06", "sheets")
    numbers = np.array([numbers_of(lesson, seed) for seed in range(100)]).T
    best, fresh, unseen, _ = numbers
    nearest = abs(numbers[[0, 1, 3]] - unseen).argmin(axis=0) == 2
    lowest = (unseen < np.minimum(best, fresh)).sum()
    yield f"the unseen writers was the lowest of the first three on all {lowest}"
    yield f"whole sheets came closest to it on all {nearest.sum()}"
    yield f"above the fresh one on {(best > fresh).sum()}."


def numbers_of(lesson: Lesson, seed: int) -> list[float]:
    """Return the best mean score, the fresh one, unseen writers and whole sheets, with a seed."""
    tuned = [(mean_score(lesson, draw, 0), draw) for draw in draws(seed)]
    best, draw = max(tuned, key=lambda trial: trial[0])  # the first of equals, as `best_child`
    fresh = np.mean([mean_score(lesson, draw, division) for division in range(1, 6)])
    seen, model = lesson["seen"], lesson["build"](*draw)
    known, others = ((lesson["X"][rows], lesson["y"][rows]) for rows in (seen, ~seen))
    sheets = {"cv": lesson["GroupKFold"](5), "groups": lesson["sheet"][seen]}
    whole = lesson["cross_val_score"](model, *known, **sheets).mean()
    return [best, float(fresh), model.fit(*known).score(*others), whole]


def pairs_of_searches(lesson: Lesson, seeds: range) -> np.ndarray:
    """Return lesson 10's results: a row for each seed, TPE first, then random draws.

    Of each search, the results of its 20 trials, and what the best one gets right elsewhere.
    """
    optuna = lesson["optuna"]
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    values = np.empty((len(seeds), 2, 21))
    for pair, seed in zip(values, seeds, strict=True):
        for found, kind in zip(pair, ("TPE", "random"), strict=True):
            sampler = lesson["SAMPLERS"][kind](seed=seed)
            search = optuna.create_study(direction="maximize", sampler=sampler)
            for number in range(20):
                trial = search.ask(lesson["SPACE"])
                found[number] = lesson["right_answers"](**trial.params)
                search.tell(trial, found[number])
            found[20] = lesson["right_elsewhere"](**search.best_params)
    return values


def signs(gain: np.ndarray) -> tuple[int, int, int]:
    """Return in how many pairs TPE won, tied and lost."""
    return int((gain > 0).sum()), int((gain == 0).sum()), int((gain < 0).sum())


def samplers() -> Iterator[str]:
    """Say which sampler wins lesson 10's task, with 100 other seeds."""
    lesson = of_lesson("10", "search")
    values = pairs_of_searches(lesson, range(8, 108))
    trials, elsewhere = values[:, :, :20], values[:, :, 20]
    won, tied, lost = signs(np.subtract(*trials.max(axis=2).T))
    typical, _, _ = signs(np.subtract(*np.median(trials[:, :, 10:], axis=2).T))
    yield f"the count is {won} won, {tied} tied, {lost} lost"
    yield f"have a probability of {lesson['by_chance'](won, lost):.1g}"
    anew = signs(np.subtract(*elsewhere.T))
    yield "of the 100 others it won {}, tied {} and lost {}".format(*anew)
    yield f"in {typical} of the 100 others"
    seen = [power_of_pairs(lesson, pairs, (won, tied, lost)) for pairs in (6, 65)]
    yield "six pairs see it in {:.0f}, and 65 pairs in {:.0f}".format(*seen)


def power_of_pairs(lesson: Lesson, pairs: int, of_100: tuple[int, int, int]) -> float:
    """Return how many of 100 studies see an effect, by lesson 10's test.

    Args:
        lesson: the tenth.
        pairs: how many a study has.
        of_100: how many pairs of 100 TPE wins, ties and loses.
    """
    win, tie, lose = (number / 100 for number in of_100)
    seen = 0.0
    for won, lost in product(range(pairs + 1), repeat=2):
        if won + lost <= pairs and lesson["by_chance"](won, lost) <= 0.05:
            ways = comb(pairs, won) * comb(pairs - won, lost)
            seen += ways * win**won * lose**lost * tie ** (pairs - won - lost)
    return 100 * seen


FAST = [
    ("09", the_simulation),
    ("09", kinds_of_means),
    ("04", refinements),
]  # seconds; the others take minutes
CLAIMS: list[tuple[str, Claim]] = [
    *FAST,
    ("06", four_numbers),
    ("09", power),
    ("09", half_the_effect),
    ("10", samplers),
]


def missing(number: str, claim: Claim) -> list[str]:
    """Return what a claim computes and the lesson does not say.

    Args:
        number: the lesson's.
        claim: one of its `CLAIMS`.
    """
    said = "\n".join(c.source for c in read(number).cells if c.cell_type == "markdown")
    return [sentence for sentence in claim() if sentence not in said]


def main() -> None:
    """Compute the claims of the lessons that the command line names, or of all."""
    wrong = []
    for number, claim in CLAIMS:
        if number in (sys.argv[1:] or number):
            print(f"Lesson {number}: {claim.__doc__}", flush=True)
            wrong += [f"Lesson {number} does not say: {said}" for said in missing(number, claim)]
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
