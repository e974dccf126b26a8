"""Compute what the lessons say of many seeds and many workers, which no cell can show in seconds.

It takes the lessons' own functions and data. Some minutes a lesson: python -m tools.claims 06
"""

from __future__ import annotations

import ast
import random
import re
import sys
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import nbformat
import numpy as np
import optuna

from tools.student_copies import NOTEBOOKS


def of_lesson(number: str, *cells: str) -> dict[str, Any]:
    """Return what a lesson imports and defines as functions, and what these cells compute."""
    [path] = NOTEBOOKS.glob(f"{number}_*.ipynb")
    names: dict[str, Any] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            body = ast.parse(cell.source).body
            if cell.id not in cells:
                kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef)
                body = [node for node in body if isinstance(node, kinds)]
            exec(compile(ast.Module(body, []), str(path), "exec"), names)
    return names


def draws(seed: int) -> list[tuple[float, float]]:
    """Return C and gamma of the 25 trials of lesson 06, with a seed of `random`."""
    chance = random.Random(seed)
    return [(10 ** chance.uniform(-2, 4), 10 ** chance.uniform(-5, 1)) for _ in range(25)]


def mean_score(lesson: Mapping[str, Any], draw: tuple[float, float], division: int) -> float:
    """Return the mean score of one draw of lesson 06 in one division into folds."""
    data, model = (lesson["X"][lesson["seen"]], lesson["y"][lesson["seen"]]), lesson["build"](*draw)
    folds = lesson["StratifiedKFold"](3, shuffle=True, random_state=division)
    return float(lesson["cross_val_score"](model, *data, cv=folds).mean())


def luck(scores: np.ndarray, k: int) -> float:
    """Return how much too good the best of k trials looks: its score less its mean elsewhere.

    Args:
        scores: a row for each trial, a column for each division. The mean is over all ways to
            take k of the trials and the division in which the best of them is chosen.
        k: of how many trials.

    >>> [round(luck(np.array([[0.5, 0.7], [0.7, 0.5]]), k), 6) for k in (1, 2)]
    [0.0, 0.2]
    """
    too_good = []
    for trials in combinations(scores, k):
        for division in range(scores.shape[1]):
            best = max(trials, key=lambda trial: trial[division])
            too_good.append(best[division] - np.delete(best, division).mean())
    return float(np.mean(too_good))


def lesson_06() -> None:
    """Print how lucky the best of equally good trials is, and the four numbers for 100 seeds."""
    lesson = of_lesson("06", "sheets", "hold-out")
    good = [draw for draw in draws(3) if mean_score(lesson, draw, 0) > 0.975]
    scores = np.array([[mean_score(lesson, draw, d) for d in range(8)] for draw in good])
    deviations = scores.std(axis=1, ddof=1)
    print(f"{len(good)} trials above 0.975. A trial's mean score in eight divisions: standard")
    print(f"deviation {deviations.min():.4f} to {deviations.max():.4f}")
    for k in (1, 2, 3, 5, 8, 11):
        print(f"the best of {k}: {luck(scores, k):.4f} too good")
    numbers = np.array([four_numbers(lesson, seed) for seed in range(100)]).T
    best, fresh, unseen, _ = numbers
    nearest = abs(numbers[[0, 1, 3]] - unseen).argmin(axis=0) == 2
    print(f"Of 100 seeds: unseen lowest of three {(unseen < np.minimum(best, fresh)).sum()},")
    print(f"whole sheets nearest to it {nearest.sum()}, best above fresh {(best > fresh).sum()}")


def four_numbers(lesson: Mapping[str, Any], seed: int) -> list[float]:
    """Return the best mean score, the fresh one, unseen writers and whole sheets, with a seed."""
    tuned = [(mean_score(lesson, draw, 0), draw) for draw in draws(seed)]
    best, draw = max(tuned, key=lambda trial: trial[0])  # the first of equals, as `best_child`
    fresh = np.mean([mean_score(lesson, draw, division) for division in range(1, 6)])
    seen, model = lesson["seen"], lesson["build"](*draw)
    known, others = ((lesson["X"][rows], lesson["y"][rows]) for rows in (seen, ~seen))
    sheets = {"cv": lesson["GroupKFold"](5), "groups": lesson["sheet"][seen]}
    whole = lesson["cross_val_score"](model, *known, **sheets).mean()
    return [best, float(fresh), model.fit(*known).score(*others), whole]


def lesson_07() -> None:
    """Print how often TPE wins against random draws, with many seeds, on both tasks."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    lesson = of_lesson("07", "right", "ask-code", "tune", "weights")
    compare(lesson, lesson["SPACE"], lesson["right_answers"], range(8, 108))
    compare(lesson, lesson["WEIGHTS"], lesson["explained"], range(8, 104))


def compare(
    lesson: Mapping[str, Any],
    space: dict[str, Any],
    result: Callable[..., float],
    seeds: range,
) -> None:
    """Print what comes of a pair of tunings for each seed: TPE first, random draws second."""
    values = np.empty((len(seeds), 2, 20))
    for pair, seed in zip(values, seeds, strict=True):
        for trials, kind in zip(pair, ("TPE", "random"), strict=True):
            sampler = lesson["SAMPLERS"][kind](seed=seed)
            study = optuna.create_study(direction="maximize", sampler=sampler)
            for number in range(20):
                trial = study.ask(space)
                trials[number] = result(**trial.params)
                study.tell(trial, trials[number])
    gain = np.subtract(*values.max(axis=2).T)
    won, lost = (gain > 0).sum(), (gain < 0).sum()
    print(f"{result.__name__}: best won {won}, lost {lost}, tied {(gain == 0).sum()};", end=" ")
    print(f"by chance {lesson['by_chance'](int(won), int(lost)):.2g}; mean gain {gain.mean():.4f}")
    typical = np.subtract(*np.median(values[:, :, 10:], axis=2).T)
    early = (values[:, :, :10].max(axis=2) == values.max(axis=2)).all(axis=1)
    print(f"typical won {(typical > 0).sum()}; both bests among the first ten {early.sum()}")
    eights = gain[: len(gain) // 8 * 8].reshape(-1, 8)
    counts = zip((eights > 0).sum(axis=1), (eights < 0).sum(axis=1), strict=True)
    clear = [lesson["by_chance"](int(won), int(lost)) < 0.05 for won, lost in counts]
    print(f"below 0.05 by chance: {sum(clear)} of {len(clear)} groups of eight pairs")


def lesson_08() -> None:
    """Print how long logging a child takes in the table of lesson 08: the trial's time is known."""
    [path] = NOTEBOOKS.glob("08_*.ipynb")
    rows = re.findall(r"\| trials of (a quarter|one) second \|(.*)\|", path.read_text())
    for trial, row in rows:
        for workers, taken in zip((1, 2, 4, 8, 16), re.findall(r"[\d.]+", row), strict=True):
            of_each = float(taken) / (48 / workers)
            logging = of_each - {"a quarter": 0.25, "one": 1}[trial]
            print(f"trials of {trial} second, {workers} workers: {logging:.3f} s a child, ", end="")
            print(f"{workers / logging:.0f} such a second")


if __name__ == "__main__":
    for name in sys.argv[1:] or ("06", "07", "08"):
        {"06": lesson_06, "07": lesson_07, "08": lesson_08}[name]()
