"""The runs on which `refine` is checked tell its task from what is often done instead.

Everything is computed from the description of the runs, without a server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise, product
from math import isnan, nan
from statistics import fmean, median

import pytest

from exercises.engine.world import Logged
from exercises.refine import exercise

Row = tuple[str, str, float]  # param1, param2, metric1
Kept = tuple[frozenset[str], frozenset[str]]
Statistic = Callable[[Sequence[float]], float]

ASKED: list[tuple[str, list[Logged]]] = []  # identifier and all runs of each call
for number, call in enumerate(exercise.words.call):
    there = [run for run in exercise.runs if run.before_call <= number]
    ASKED.append((call.args[0], there))
RIGHT = [
    (("bc", "df"), True, 7),
    ((("net12", "tree"), ("28", "8")), False, 7),
    (("ab", "df"), False, 10),
]


def counts(ident: str, run: Logged) -> bool:
    """Tell whether a run is one of those that the task speaks of."""
    here = not run.where
    return here and run.tags.get("test_identifier") == ident and "param2" in run.params


def rows(which: Callable[[str, Logged], bool] = counts, missing: float = nan) -> list[list[Row]]:
    """The runs of each call, without those that have no metric1."""
    found = []
    for ident, all_runs in ASKED:
        chosen = [run for run in all_runs if which(ident, run)]
        values = [run.metrics.get("metric1", missing) for run in chosen]
        values = [missing if isnan(value) else value for value in values]
        found.append(
            [
                (run.params["param1"], run.params.get("param2", ""), value)
                for run, value in zip(chosen, values, strict=True)
                if not isnan(value)
            ]
        )
    return found


def grouped(table: list[Row], *places: int) -> dict[tuple[str, ...], list[float]]:
    """The values of metric1 by one parameter, or by both."""
    found: dict[tuple[str, ...], list[float]] = {}
    for row in table:
        found.setdefault(tuple(str(row[place]) for place in places), []).append(row[2])
    return found


def means(table: list[Row], of_each: Statistic = fmean) -> list[Row]:
    """A row for each combination: its mean, or another statistic."""
    found = grouped(table, 0, 1).items()
    return [(pair[0], pair[1], of_each(values)) for pair, values in found]


def lowest_two(table: list[Row], statistic: Statistic = fmean) -> Kept:
    """The two values of each parameter that have the lowest statistic."""
    by_value = [grouped(table, place) for place in (0, 1)]
    kept = [sorted(of, key=lambda v, of=of: statistic(of[v]))[:2] for of in by_value]  # type: ignore[misc]
    return frozenset(v for (v,) in kept[0]), frozenset(v for (v,) in kept[1])


def space(kept: Kept) -> set[tuple[str, str]]:
    """The combinations of a refined space."""
    return set(product(*kept))


def best(table: list[Row]) -> tuple[str, str]:
    """The parameters of the row with the lowest value."""
    return min(table, key=lambda row: row[2])[:2]


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
    "mean of lowest and highest": lambda values: (min(values) + max(values)) / 2,
    "mean of distinct values": lambda values: fmean(set(values)),
    "spread": lambda values: max(values) - min(values),
}


def without_gaps(table: list[Row]) -> Kept:
    """The choice when a value that has not met all others is left out of the means."""
    by_pair = {row[:2]: row[2] for row in means(table)}
    firsts, seconds = ({row[place] for row in table} for place in (0, 1))
    rows = [a for a in firsts if all((a, b) in by_pair for b in seconds)]
    columns = [b for b in seconds if all((a, b) in by_pair for a in firsts)]
    kept1 = lowest_two([(a, b, m) for (a, b), m in by_pair.items() if b in columns])[0]
    return kept1, lowest_two([(a, b, m) for (a, b), m in by_pair.items() if a in rows])[1]


def of_complete_columns(table: list[Row]) -> Kept:
    """The choice when param1 is judged by the values of param2 alone that have met all others."""
    return without_gaps(table)[0], lowest_two(means(table))[1]


def of_complete_rows(table: list[Row]) -> Kept:
    """The choice when param2 is judged by the values of param1 alone that have met all others."""
    return lowest_two(means(table))[0], without_gaps(table)[1]


def of_one(place: int, one: str, other: str, table: list[Row]) -> Kept:
    """The choice when one parameter is chosen by other statistics, or of the runs if `other=""`."""
    compared = means(table, STATISTICS[one]) if other else table
    chosen = list(lowest_two(means(table)))
    chosen[place] = lowest_two(compared, STATISTICS[other or one])[place]
    return chosen[0], chosen[1]


def filled(table: list[Row], value: float) -> Kept:
    """The choice when combinations that were never drawn get a value."""
    by_pair = {row[:2]: row[2] for row in means(table)}
    firsts, seconds = ({str(row[place]) for row in table} for place in (0, 1))
    pairs = product(firsts, seconds)
    return lowest_two([(a, b, by_pair.get((a, b), value)) for a, b in pairs])


def of_the_best(table: list[Row]) -> Kept:
    """The first two values of each parameter in the order of the rows' values."""
    table = sorted(table, key=lambda row: row[2])
    first, second = (list(dict.fromkeys(str(row[place]) for row in table))[:2] for place in (0, 1))
    return frozenset(first), frozenset(second)


CHOICES: dict[str, Callable[[list[Row]], object]] = {
    f"{one}, then {other}": lambda table, one=one, other=other: lowest_two(  # type: ignore[misc]
        means(table, STATISTICS[one]), STATISTICS[other]
    )
    for one, other in product(STATISTICS, ["mean", "median", "lowest", "highest", "sum", "first"])
    if (one, other) != ("mean", "mean")
}
CHOICES |= {
    f"plain {name}": lambda table, of=of: lowest_two(table, of)  # type: ignore[misc]
    for name, of in STATISTICS.items()
}
CHOICES |= {
    "highest": lambda table: lowest_two(means(table), lambda values: -fmean(values)),
    "of the best combinations": lambda table: of_the_best(means(table)),
    "of the best runs": of_the_best,
    "without gaps": without_gaps,
    "complete columns": of_complete_columns,
    "complete rows": of_complete_rows,
    "gaps filled with 0": partial(filled, value=0.0),
    "gaps filled with 1": partial(filled, value=1.0),
    "combinations drawn twice": lambda table: lowest_two(
        [row for row in means(table) if len(grouped(table, 0, 1)[row[:2]]) > 1]
    ),
}
CHOICES |= {  # as it should be for one of the parameters
    f"{one}, then {other}, of param{place + 1} alone": partial(of_one, place, one, other)
    for place in (0, 1)
    for one in ("mean", "median", "lowest", "highest", "first", "last")
    for other in (("median", "lowest", "highest") if one == "mean" else ("mean",))
}
CHOICES |= {
    f"plain {one} of param{place + 1} alone": partial(of_one, place, one, "")
    for place, one in product((0, 1), ("mean", "median", "lowest"))
}
KEEPS: dict[str, Callable[[list[Row], Kept], bool]] = {
    f"lowest {name}": lambda table, kept, of=of: best(means(table, of)) in space(kept)  # type: ignore[misc]
    for name, of in STATISTICS.items()
    if name != "mean"
}
KEEPS |= {
    "always": lambda table, kept: True,
    "never": lambda table, kept: False,
    "its param1": lambda table, kept: best(means(table))[0] in kept[0],
    "its param2": lambda table, kept: best(means(table))[1] in kept[1],
    "the best run": lambda table, kept: best(table) in space(kept),
    "the first run": lambda table, kept: table[0][:2] in space(kept),
    "the last run": lambda table, kept: table[-1][:2] in space(kept),
}
INSIDE: dict[str, Callable[[list[Row], Kept], int]] = {
    "all runs": lambda table, kept: len(table),
    "by param1": lambda table, kept: sum(row[0] in kept[0] for row in table),
    "by param2": lambda table, kept: sum(row[1] in kept[1] for row in table),
    "by either": lambda table, kept: sum(row[0] in kept[0] or row[1] in kept[1] for row in table),
    "combinations": lambda table, kept: len(space(kept) & {row[:2] for row in table}),
    "distinct": lambda table, kept: len({row for row in table if row[:2] in space(kept)}),
    "outside": lambda table, kept: sum(row[:2] not in space(kept) for row in table),
}
RUNS: dict[str, list[list[Row]]] = {
    f"all but {status}": rows(lambda i, run, s=status: counts(i, run) and run.status != s)  # type: ignore[misc]
    for status in ("FINISHED", "FAILED", "RUNNING", "KILLED")
}
RUNS |= {
    f"only {status}": rows(lambda i, run, s=status: counts(i, run) and run.status == s)  # type: ignore[misc]
    for status in ("FINISHED",)
}
IN_RANGE: dict[str, Callable[[float], bool]] = {
    "above 0": lambda value: value > 0,
    "from 0": lambda value: value >= 0,
    "not 0": lambda value: value != 0,
    "below 1": lambda value: value < 1,
    "to 1": lambda value: value <= 1,
    "between 0 and 1": lambda value: 0 < value < 1,
    "from 0 to 1": lambda value: 0 <= value <= 1,
}
RUNS |= {
    name: [[row for row in table if is_in(row[2])] for table in rows()]
    for name, is_in in IN_RANGE.items()
}
RUNS |= {
    "missing as 0": rows(missing=0.0),
    "deleted": rows(lambda i, run: counts(i, run) or (run.where == "deleted" and i in run.label)),
    "beside": rows(lambda i, run: counts(i, run) or (run.where == "beside" and i in run.label)),
    "all searches": rows(lambda i, run: not run.where and bool(run.params)),
}
RUNS |= {
    f"those of {near!r} too": rows(
        lambda i, run, near=near: counts(i, run) or counts(near, run)  # type: ignore[misc]
    )
    for near in ("space_10", "space_", "Space_1", "space-1", "space_1 ")
}


def answer(table: list[Row]) -> tuple[Kept, bool, int]:
    """The right answer on some runs."""
    kept = lowest_two(means(table))
    return kept, best(means(table)) in space(kept), sum(row[:2] in space(kept) for row in table)


def test_the_right_answers() -> None:
    expected = [((frozenset(a), frozenset(b)), keeps, n) for (a, b), keeps, n in RIGHT]
    assert [answer(table) for table in rows()] == expected


@pytest.mark.parametrize("table", rows())
def test_no_two_means_tie(table: list[Row]) -> None:
    by_value = [sorted(map(fmean, grouped(means(table), place).values())) for place in (0, 1)]
    for sizes in [*by_value, sorted(row[2] for row in means(table))]:
        assert min(b - a for a, b in pairwise(sizes)) > 0.01


@pytest.mark.parametrize("name", CHOICES)
def test_another_choice_leads_elsewhere(name: str) -> None:
    chosen = [CHOICES[name](table) for table in rows()]
    assert chosen != [lowest_two(means(table)) for table in rows()]


@pytest.mark.parametrize("name", KEEPS)
def test_another_way_to_look_for_the_best_leads_elsewhere(name: str) -> None:
    told = [KEEPS[name](table, lowest_two(means(table))) for table in rows()]
    assert told != [keeps for _, keeps, _ in RIGHT]


@pytest.mark.parametrize("name", INSIDE)
def test_another_number_is_another_one(name: str) -> None:
    counted = [INSIDE[name](table, lowest_two(means(table))) for table in rows()]
    assert counted != [number for _, _, number in RIGHT]


@pytest.mark.parametrize("name", RUNS)
def test_other_runs_lead_elsewhere(name: str) -> None:
    assert [answer(table)[0] for table in RUNS[name]] != [answer(table)[0] for table in rows()]
