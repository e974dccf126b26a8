"""The runs on which `refine` is checked tell its task from what is often done instead.

Everything is computed from the table of the runs, without a server.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from math import isnan
from statistics import fmean, median

import pytest

from exercises.engine.world import Logged
from exercises.refine import exercise

Row = tuple[str, str, float]  # param1, param2, metric1
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


def tables(keep: Callable[[Logged], bool] = lambda run: True) -> list[list[Row]]:
    """Return, for each call, the runs of its search that have a metric1."""
    found = []
    for number, call in enumerate(exercise.words.call):
        runs = [run for run in exercise.runs if run.before_call <= number and not run.where]
        wanted = [run for run in runs if run.tags.get("test_identifier") == call.args[0]]
        rows = [
            (run.params["param1"], run.params["param2"], run.metrics["metric1"])
            for run in wanted
            if keep(run) and not isnan(run.metrics.get("metric1", float("nan")))
        ]
        found.append(rows)
    return found


def scores(
    table: Sequence[Row], statistic: Statistic, *places: int
) -> dict[tuple[str, ...], float]:
    """Return the statistic of metric1 for each value of a parameter, or for each combination."""
    values = defaultdict(list)
    for row in table:
        values[tuple(str(row[place]) for place in places)].append(row[2])
    return {key: statistic(found) for key, found in values.items()}


def choose(table: Sequence[Row], statistic: Statistic) -> tuple[list[str], ...]:
    """Return the two values of each parameter that have the lowest statistic."""
    found = [scores(table, statistic, place) for place in (0, 1)]
    return tuple(sorted(key for (key,) in sorted(one, key=one.__getitem__)[:2]) for one in found)


def of_pairs(table: Sequence[Row], statistic: Statistic) -> list[Row]:
    """Return a row for each combination."""
    return [(a, b, value) for (a, b), value in scores(table, statistic, 0, 1).items()]


def choices(
    one: Statistic, other: Statistic, keep: Callable[[Logged], bool] = lambda run: True
) -> list[tuple[list[str], ...]]:
    """Choose by a statistic of each combination, and by another one of these."""
    return [choose(of_pairs(table, one), other) for table in tables(keep)]


def test_the_right_choice_is_clear() -> None:
    assert choices(fmean, fmean) == RIGHT
    for table in tables():
        means = of_pairs(table, fmean)
        for places in ((0, 1), (0,), (1,)):
            sizes = sorted(scores(means, fmean, *places).values())
            assert min(b - a for a, b in pairwise(sizes)) > 0.01


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
