"""The runs on which `refine` is checked tell its task from what is often done instead.

Everything is computed from the table of the runs, without a server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product
from math import isnan
from statistics import fmean, median

import pandas as pd
import pytest

from exercises.engine.world import Logged
from exercises.refine import exercise

Statistic = Callable[[Sequence[float]], float]
STATISTICS: dict[str, Statistic] = {
    "mean": fmean,
    "median": median,
    "lowest": min,
    "highest": max,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "most frequent": lambda values: -len(values),
    "rarest": len,
    "sum": sum,
}
RIGHT = [(["b", "c"], ["d", "f"]), (["net12", "tree"], ["28", "8"]), (["a", "b"], ["d", "f"])]
PARAMETERS = ["param1", "param2"]


def tables(keep: Callable[[Logged], bool] = lambda run: True) -> list[pd.DataFrame]:
    """Return, for each call, the runs of its search that have a metric1."""
    found = []
    for number, call in enumerate(exercise.words.call):
        runs = [run for run in exercise.runs if run.before_call <= number and not run.where]
        wanted = [run for run in runs if run.tags.get("test_identifier") == call.args[0]]
        rows = [
            {**run.params, "metric1": run.metrics["metric1"]}
            for run in wanted
            if keep(run) and not isnan(run.metrics.get("metric1", float("nan")))
        ]
        found.append(pd.DataFrame(rows))
    return found


def scores(table: pd.DataFrame, by: str | list[str], statistic: Statistic) -> pd.DataFrame:
    """Return the statistic of metric1 for each value of a parameter, or for each combination."""
    grouped = table.groupby(by)["metric1"].agg(lambda values: statistic(list(values)))
    return grouped.reset_index()


def choose(table: pd.DataFrame, statistic: Statistic) -> tuple[list[str], ...]:
    """Return the two values of each parameter that have the lowest statistic."""
    best = [scores(table, by, statistic).nsmallest(2, "metric1") for by in PARAMETERS]
    return tuple(sorted(one[by]) for one, by in zip(best, PARAMETERS, strict=True))


def choices(
    one: Statistic, other: Statistic, keep: Callable[[Logged], bool] = lambda run: True
) -> list[tuple[list[str], ...]]:
    """Choose by a statistic of each combination, and by another one of these."""
    return [choose(scores(table, PARAMETERS, one), other) for table in tables(keep)]


def test_the_right_choice_is_clear() -> None:
    assert choices(fmean, fmean) == RIGHT
    for table in tables():
        means = scores(table, PARAMETERS, fmean)
        for one in (means, scores(means, "param1", fmean), scores(means, "param2", fmean)):
            assert min(b - a for a, b in pairwise(sorted(one["metric1"]))) > 0.01


def test_other_statistics_lead_elsewhere() -> None:
    for one, other in [*product(STATISTICS, STATISTICS)][1:]:
        assert choices(STATISTICS[one], STATISTICS[other]) != RIGHT, (one, other)
    for name, statistic in STATISTICS.items():  # of the runs, without combinations
        assert [choose(table, statistic) for table in tables()] != RIGHT, name


@pytest.mark.parametrize(
    "keep",
    [
        lambda run: run.status == "FINISHED",
        lambda run: run.status != "FAILED",
        lambda run: run.status != "RUNNING",
        lambda run: run.status != "KILLED",
        lambda run: run.metrics.get("metric1", 0) > 0,
        lambda run: run.metrics.get("metric1", 0) != 0,
        lambda run: run.metrics.get("metric1", 0) <= 1,
    ],
)
def test_other_runs_lead_elsewhere(keep: Callable[[Logged], bool]) -> None:
    assert choices(fmean, fmean, keep) != RIGHT
