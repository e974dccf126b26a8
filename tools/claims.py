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
        u, v, w = (MEANS[param1, param2] for param2 in "uvw")
        yield f"the simulation adds {v - u:.2f} from `u` to `v`, and {w - v:.2f} from `v` to `w`"
        yield f"the simulation has {w - u:.2f}"


def power() -> Iterator[str]:
    """Say how many of 1,000 searches see lesson 09's effect, and how many runs half of it takes."""
    lesson = of_lesson("09")
    see = {number: seeing(lesson, number, 1000) for number in (10, 20, 25, 30, 40, 50)}
    yield f"{see[10]:.0f} of 100 see it with 10 runs, {see[20]:.0f} with 20, {see[25]:.0f} with 25"
    yield f"{see[30]:.0f} with 30, {see[40]:.0f} with 40 and {see[50]:.0f} with 50"


def seeing(lesson: Lesson, num_runs: int, searches: int) -> float:
    """Return how many of 100 searches of so many runs see the effect, by lesson 09's test."""
    found = 0
    for seed in range(searches):
        random.seed(seed)
        found += lesson["share"](lesson["simulated"](num_runs), 99) <= 0.05
    return 100 * found / searches


def half_the_effect() -> Iterator[str]:
    """Say from how many runs on eight of ten searches see half of lesson 09's effect."""
    lesson = of_lesson("09")
    middle = {pair: MEANS[pair[0], "v"] for pair in MEANS if pair[0] in "xyz"}
    half = {pair: (MEANS[pair] + mean) / 2 for pair, mean in middle.items()}
    with patch.dict(MEANS, half):
        enough = next(n for n in range(60, 200, 10) if seeing(lesson, n, 300) >= 80)
    yield f"half of it takes about {enough} runs"


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
    """Return lesson 10's results: a row for each seed, TPE first, then random draws, 20 of each."""
    optuna = lesson["optuna"]
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    values = np.empty((len(seeds), 2, 20))
    for pair, seed in zip(values, seeds, strict=True):
        for trials, kind in zip(pair, ("TPE", "random"), strict=True):
            study = optuna.create_study(
                direction="maximize", sampler=lesson["SAMPLERS"][kind](seed=seed)
            )
            for number in range(20):
                trial = study.ask(lesson["SPACE"])
                trials[number] = lesson["right_answers"](**trial.params)
                study.tell(trial, trials[number])
    return values


def signs(gain: np.ndarray) -> tuple[int, int, int]:
    """Return in how many pairs TPE won, tied and lost."""
    return int((gain > 0).sum()), int((gain == 0).sum()), int((gain < 0).sum())


def samplers() -> Iterator[str]:
    """Say which sampler wins lesson 10's task, with 100 other seeds."""
    lesson = of_lesson("10", "right", "search")
    values = pairs_of_searches(lesson, range(8, 108))
    gain = np.subtract(*values.max(axis=2).T)
    won, tied, lost = signs(gain)
    typical, _, _ = signs(np.subtract(*np.median(values[:, :, 10:], axis=2).T))
    early = (values[:, :, :10].max(axis=2) == values.max(axis=2)).all(axis=1).sum()
    yield f"{won} won, {tied} tied, {lost} lost"
    yield f"a probability of {lesson['by_chance'](won, lost):.1g}"
    yield f"by {gain.mean():.2f} right answers in 300"
    yield f"of the 100 other pairs, {typical} go this way"
    yield f"Of the {tied} ties among the 100 pairs, {early} are"
    yield f"In the other {tied - early}, both got further"


FAST = [("09", the_simulation), ("04", refinements)]  # seconds; the others take minutes
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
