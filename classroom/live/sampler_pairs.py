"""Read the pairs of lesson 13, of which each student logs their own, and sum them up.

Together they are one study of four levels: the class, a student's pair, its two sweeps, and their
trials. A pair records by how much TPE beat random draws, so only the pairs are read.
"""

from __future__ import annotations

from typing import Any

import mlflow
import numpy as np

EXPERIMENT = "Sampler Comparison"
GAINS = {
    "gain_best": "The best result",
    "gain_elsewhere": "The best parameters on other digits",
    "gain_typical": "The typical result",
}
MAX_GAIN = 1497  # as many other digits there are: a larger gain is a student's joke
ENOUGH = 10  # pairs for an interval


def read_pairs() -> list[dict[str, Any]]:
    """Return the gains of all pairs, each seed once, and what they say; empty without a pair."""
    experiments = mlflow.search_experiments(filter_string=f"name LIKE '%{EXPERIMENT}'")
    if not experiments:  # else MLflow would search the active experiment
        return []
    runs = mlflow.search_runs(
        [experiment.experiment_id for experiment in experiments],
        "tags.study = 'samplers' AND attributes.status = 'FINISHED'",
        output_format="list",
    )
    by_seed = {run.data.tags.get("seed"): run.data.metrics for run in runs}
    pairs = [
        pair
        for pair in by_seed.values()
        if all(abs(pair.get(name, np.nan)) <= MAX_GAIN for name in GAINS)
    ]
    return [sum_up(title, [pair[name] for pair in pairs]) for name, title in GAINS.items() if pairs]


def sum_up(title: str, gains: list[float]) -> dict[str, Any]:
    """Return the gains, and how many pairs each sampler won, and the mean gain with its interval.

    Args:
        title: what was compared.
        gains: by how much TPE beat random draws in each pair; at least one.
    """
    values = np.array(gains)
    won, lost = int((values > 0).sum()), int((values < 0).sum())
    text = f"{len(values)} pairs: TPE {won}, tied {len(values) - won - lost}, random {lost}."
    mean, interval = float(values.mean()), None
    text += f" TPE's mean gain is {mean:+.1f}"
    if len(values) >= ENOUGH:
        error = float(values.std(ddof=1)) / len(values) ** 0.5
        interval = [mean - 2 * error, mean + 2 * error]
        text += ", with a 95% interval from {:+.1f} to {:+.1f}".format(*interval)
    return {"title": title, "gains": gains, "mean": mean, "interval": interval, "text": f"{text}."}
