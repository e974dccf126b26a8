"""The exercise of lesson 04: choose a refinement from the runs, and say what it allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from statistics import fmean
from typing import Any

from exercises.engine import Call, Described, Exercise, Finding, Logged, Record, Step, World
from exercises.engine.shared import came_back
from exercises.engine.text import code

exercise = Exercise.load(__file__)
# The metric1 of each combination's runs, oldest first; "-" is a run without one. Their medians,
# lowest, highest, first and last ones, plain means and so on all lead elsewhere:
# tests/test_refine_world.py. LATER belongs to the first search, LOW to what only nearly is that.
SEARCHES = {
    "space_1": "a d - 1.54 1.54, a e .77 0, a f nan .62 .62 0, b d .35, b e - .43 1.4, "
    "b f 1.4 .98 -.2, c d .11, c e 1.2 1.2, c f .54 1.42",
    "space_2": "net1 16 .4 1.49 0, net1 28 .64, net1 8 .26, net12 16 .34, net12 28 .51, "
    "net12 8 .47, sgd 8 - 1.42 -.3, tree 28 nan .27, tree 8 .05 .39 -.2 1",
}
LATER, LOW = "a e .22, b f .26, c d .61, c f 1.2 .18", "b e -9"
NEAR = ("space_10", "space_", "Space_1", "space-1", "space_1 ")
KINDS = {"param1": list, "param2": list, "keeps_best": bool, "runs_inside": int}


def search(ident: str, text: str, first: int = 0, **more: Any) -> Iterator[Logged]:
    """Yield the runs of a search; they have ended in every way that there is."""
    rows = [(a, b, value) for a, b, *values in map(str.split, text.split(",")) for value in values]
    for n, (a, b, value) in enumerate(rows, start=first):
        metrics = {"metric2": 5.0} | ({} if value == "-" else {"metric1": float(value)})
        params, tags = {"param1": a, "param2": b}, {"test_identifier": ident}
        status = ("FINISHED", "FAILED", "RUNNING", "KILLED")[n % 4]
        yield Logged(f"{ident} {n}", f"run_{n % 5}", params, metrics, tags, status=status, **more)


def world() -> list[Logged]:
    """Return two searches, and low results that do not belong to the first one."""
    runs = [run for ident in NEAR for run in search(ident, LOW)]
    runs += [*search("space_1", LOW, 200, deleted=True), *search("space_1", LOW, 300, beside=True)]
    for ident, text in SEARCHES.items():
        runs.append(Logged(ident, f"parent_run_test_{ident}_0", tags={"test_identifier": ident}))
        runs += search(ident, text, parent=ident)
    return runs


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield the calls; the first one comes again when there are more runs."""
    yield from (Step(Call((ident,))) for ident in SEARCHES)
    yield Step(Call(("space_1",)), first=list(search("space_1", LATER, 100)))


def results(record: Record) -> dict[tuple[str, ...], list[float]]:
    """Return what the runs that count came to, by combination."""
    found: dict[tuple[str, ...], list[float]] = {}
    for run in record.world.visible:
        value = run.metrics.get("metric1", math.nan)
        if run.tags.get("test_identifier") == record.call.args[0] and not math.isnan(value):
            found.setdefault(tuple(run.params.values()), []).append(value)
    return found


def by_value(found: dict[tuple[str, ...], list[float]], place: int) -> dict[str, float]:
    """Return the mean of the means of each value's combinations, the lowest one first."""
    values = {pair[place] for pair in found}
    means = {v: fmean(fmean(r) for pair, r in found.items() if pair[place] == v) for v in values}
    return {v: round(means[v], 3) for v in sorted(means, key=means.__getitem__)}


@exercise.requirement
def returns_answers(record: Record) -> Finding | None:
    """Tell whether a dict with the four answers came back."""
    if not isinstance(record.value, dict):
        expected = "a dict with four answers: lists of texts, True or False, a whole number"
        odd = ", which holds something else" if record.outcome.returned == "dict" else ""
        return Finding(expected, came_back(record.outcome) + odd)
    for key, kind in KINDS.items():
        if type(record.value.get(key)) is not kind:
            found = code(repr(record.value[key])) if key in record.value else f"no `{key}`"
            either = " or `tuple`" if kind is list else ""
            return Finding(f"`{key}` is of type `{kind.__name__}`{either}", found)
    return None


@exercise.requirement
def chooses_values(record: Record) -> Finding | None:
    """Tell whether the two values with the lowest means were chosen of each parameter."""
    for place, param in enumerate(("param1", "param2")):
        means, found = by_value(results(record), place), record.value[param]
        if sorted(map(repr, found)) != sorted(map(repr, list(means)[:2])):
            expected = f"`{param}` = {code(list(means)[:2])}; the means are {code(means)}"
            return Finding(expected, code(found))
    return None


@exercise.requirement
def knows_what_is_lost(record: Record) -> Finding | None:
    """Tell whether `keeps_best` is right."""
    found, value = results(record), record.value["keeps_best"]
    best = min(found, key=lambda pair: fmean(found[pair]))
    right = best in set(product(record.value["param1"], record.value["param2"]))
    expected = f"{code(right)}: the best combination is {code(' with '.join(best))}"
    return Finding(expected, code(value)) if value is not right else None


@exercise.requirement
def counts_runs(record: Record) -> Finding | None:
    """Tell whether `runs_inside` is the number of runs with two kept values."""
    found, value = results(record), record.value["runs_inside"]
    space = product(record.value["param1"], record.value["param2"])
    right = sum(len(found.get(pair, [])) for pair in space)
    return Finding(f"`runs_inside` = `{right}`", code(value)) if value != right else None


exercise.calls, exercise.world = calls, world
check, hint, solution = exercise.check, exercise.hint, exercise.solution
