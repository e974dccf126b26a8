"""Record the 99 pairs of sweeps that lesson 13 compares: python -m tools.record_sampler_pairs.

Each pair is run with the lesson's own samplers, space and functions, but not logged. It takes some
minutes.
"""

from __future__ import annotations

import numpy as np
import optuna
import pandas as pd

from helpers.digits import PAIRS
from tools.claims import Lesson, of_lesson

SEEDS = range(1, 100)


def gains(lesson: Lesson, seed: int) -> dict[str, float]:
    """Return by how much TPE beats random draws: at best, typically, and at best elsewhere."""
    tpe, drawn = (np.array(results_of(lesson, kind, seed)) for kind in ("TPE", "random"))
    return dict(zip(("best", "typical", "elsewhere"), tpe - drawn, strict=True))


def results_of(lesson: Lesson, kind: str, seed: int) -> list[float]:
    """Return what a sweep of lesson 13 gets right: at best, typically, and at best elsewhere."""
    sampler = lesson["SAMPLERS"][kind](seed=seed)
    sweep = optuna.create_study(direction="maximize", sampler=sampler)
    for _ in range(20):
        trial = sweep.ask(lesson["SPACE"])
        sweep.tell(trial, lesson["right_answers"](**trial.params))
    typical = np.median([trial.value for trial in sweep.trials[10:]])
    return [sweep.best_value, float(typical), lesson["right_elsewhere"](**sweep.best_params)]


def main() -> None:
    """Write the file."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    lesson = of_lesson("13", "log_sweep")
    pairs = {seed: gains(lesson, seed) for seed in SEEDS}
    pd.DataFrame(pairs).T.rename_axis("seed").to_csv(PAIRS, lineterminator="\n")


if __name__ == "__main__":
    main()
