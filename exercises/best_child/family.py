"""The parent run of one call, and its child runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlflow.entities import Run

from exercises.engine import Record

BEST_PARAMS = ("best_param1", "best_param2")


def children(record: Record) -> list[Run]:
    """Return the child runs of the one parent run that a call made, oldest first."""
    return record.under(record.parents[0].info.run_id)


def metric1(run: Run) -> float:
    """Return a child run's metric1; NaN if it has none."""
    return float(run.data.metrics.get("metric1", math.nan))


def best(runs: Sequence[Run]) -> list[Run]:
    """Return the runs with the lowest metric1: several if they tie, none without a number."""
    lowest = min((metric1(run) for run in runs if not math.isnan(metric1(run))), default=None)
    return [run for run in runs if metric1(run) == lowest]


def pair(run: Run) -> tuple[str, str]:
    """Return the two parameters of a child run; empty if it lacks them."""
    return run.data.params.get("param1", ""), run.data.params.get("param2", "")


def best_pair(parent: Run) -> tuple[str, str]:
    """Return the two parameters that a parent run calls the best; empty if it lacks them."""
    first, second = BEST_PARAMS
    return parent.data.params.get(first, ""), parent.data.params.get(second, "")
