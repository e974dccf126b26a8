"""The runs on which `refine` is checked tell its task from what is often done instead.

Everything is computed from the table of the runs, without a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from math import isnan
from statistics import fmean, median

import pytest

from exercises.engine.world import Logged
from exercises.refine import exercise

Row = tuple[str, str, float]  # param1, param2, metric1
Statistic = Callable[[Sequence[float]], float]
Choice = tuple[list[str], list[str]]  # the values that are kept, sorted
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


def tables(keep: Callable[[Logged], bool] = lambda run: True) -> Iterator[list[Row]]:
    """Yield, for each call, the runs of its search that have a metric1."""
    for number, call in enumerate(exercise.words.call):
        runs = [run for run in exercise.runs if run.before_call <= number and not run.where]
        wanted = [run for run in runs if run.tags.get("test_identifier") == call.args[0]]
        yield [
            (run.params["param1"], run.params["param2"], run.metrics["metric1"])
            for run in wanted
            if keep(run) and not isnan(run.metrics.get("metric1", float("nan")))
        ]


def grouped(table: Sequence[Row], *places: int) -> dict[tuple[object, ...], list[float]]:
    """Return the values of metric1 by one parameter, or by both."""
    found: dict[tuple[object, ...], list[float]] = {}
    for row in table:
        found.setdefault(tuple(row[place] for place in places), []).append(row[2])
    return found


def of_pairs(table: Sequence[Row], statistic: Statistic = fmean) -> list[Row]:
    """Return a row for each combination."""
    return [(str(a), str(b), statistic(v)) for (a, b), v in grouped(table, 0, 1).items()]


def choose(table: Sequence[Row], statistic: Statistic = fmean) -> Choice:
    """Return the two values of each parameter that have the lowest statistic."""
    kept = []
    for place in (0, 1):
        scores = {str(key): statistic(values) for (key,), values in grouped(table, place).items()}
        kept.append(sorted(sorted(scores, key=scores.__getitem__)[:2]))
    return kept[0], kept[1]


def test_the_right_choice() -> None:
    assert [choose(of_pairs(table)) for table in tables()] == RIGHT


@pytest.mark.parametrize("table", list(tables()))
def test_no_two_means_tie(table: list[Row]) -> None:
    means = of_pairs(table)
    by_value = [sorted(map(fmean, grouped(means, place).values())) for place in (0, 1)]
    for sizes in [*by_value, sorted(row[2] for row in means)]:
        assert min(b - a for a, b in pairwise(sizes)) > 0.01


@pytest.mark.parametrize(("one", "other"), [*product(STATISTICS, STATISTICS)][1:])
def test_other_statistics_lead_elsewhere(one: str, other: str) -> None:
    found = [choose(of_pairs(table, STATISTICS[one]), STATISTICS[other]) for table in tables()]
    assert found != RIGHT


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_the_runs_lead_elsewhere(name: str) -> None:
    assert [choose(table, STATISTICS[name]) for table in tables()] != RIGHT


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
    assert [choose(of_pairs(table)) for table in tables(keep)] != RIGHT
