"""The exercise of lesson 08: of a family with duplicates and leftovers, the children that count."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from exercises.engine import Call, Described, Exercise, Finding, Logged, Record, Step, World, code
from exercises.engine.world import MONTH_AGO

exercise = Exercise.load(__file__)
NAN, INFINITE = math.nan, math.inf
# The children of each family: key, status, score (None: no such metric), and in which minute each
# started. Some were logged later than others that started after them.
FAMILIES: dict[str, Sequence[tuple[str, str, float | None, int]]] = {
    "plain": [("x=0", "FINISHED", 0.4, 1), ("x=1", "FINISHED", 0.9, 2), ("x=2", "FINISHED", -3, 3)],
    "duplicates": [
        ("x=0", "FAILED", 0.9, 1),
        ("x=1", "FINISHED", 0.3, 5),
        ("x=0", "FINISHED", 0.4, 4),
        ("x=1", "FINISHED", 0.3, 2),
        ("x=2", "RUNNING", 0.8, 3),
        ("x=3", "KILLED", 0.7, 6),
        ("x=1", "RUNNING", 0.3, 7),
        ("x=0", "FINISHED", 0.8, 8),
        ("x=1", "FINISHED", 0.1, 9),
        ("X=1", "FINISHED", 0.2, 10),
        ("x=1 ", "FINISHED", 0.2, 11),
        ("x=10", "FINISHED", 1e5, 12),
    ],
    "odd scores": [
        ("x=5", "FINISHED", NAN, 1),
        ("x=5", "FINISHED", 0.2, 2),
        ("x=6", "FINISHED", INFINITE, 3),
        ("x=7", "FINISHED", None, 4),
        ("", "FINISHED", 0.9, 5),
        ("x=7", "FINISHED", 0.0, 6),
        ("x=5", "FINISHED", 0.5, 7),
        ("x=8", "FINISHED", -INFINITE, 8),
        ("x=8", "FINISHED", -1e5, 9),
    ],
    "no scores": [("x=0", "RUNNING", None, 1), ("x=1", "FAILED", None, 2)],
    "no children": [],
    "many": [(f"x={n % 70}", "FINISHED", n / 10, 200 - n) for n in range(101)],
}


def family(label: str) -> list[Logged]:
    """Return a parent and its children."""
    parent = Logged(label, "parent_run_workers", tags={"trial_key": "x=0"})
    described = enumerate(FAMILIES[label])
    return [parent, *(child(label, n, *of_child) for n, of_child in described)]


def child(
    label: str, n: int, key: str, status: str, score: float | None, minute: int, parent: str = ""
) -> Logged:
    """Return one child of a family."""
    return Logged(
        f"{label}/{n}",
        "trial",
        {},
        {} if score is None else {"score": score},
        {"trial_key": key} if key else {},
        parent=parent or label,
        status=status,
        started=MONTH_AGO + minute * 60_000,
    )


def world() -> list[Logged]:
    """Return all families; below one child stands a child of its own, which is no trial."""
    grandchild = child("plain", 9, "x=9", "FINISHED", 0.1, 9, parent="plain/0")
    return [*(run for label in FAMILIES for run in family(label)), grandchild]


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield a call for each family, and the second one again when it has more children."""
    for label in FAMILIES:
        yield Step(Call((world[label],)))
    late = [child("duplicates", 20, "x=3", "FINISHED", 0.5, 20)]
    late += [child("duplicates", 21, "x=0", "FINISHED", 0.6, 0)]
    yield Step(Call((world["duplicates"],)), first=late)


def trials(record: Record) -> dict[str, Logged]:
    """Return all children of the parent that the call is about, by run id, first one first."""
    parent = next(run for run in record.world.runs if run.run_id == record.call.args[0])
    return {run.run_id: run for run in record.world.children(parent.label)}


def is_finite(run: Logged) -> bool:
    """Tell whether a child has a finite score; MLflow gives infinity back as 1.8e308."""
    return math.isfinite(run.metrics.get("score", NAN))


def right(record: Record) -> dict[str, str]:
    """Return the run id that counts of each key, and all that would, by run id."""
    first: dict[str, str] = {}
    for run_id, run in trials(record).items():
        if run.status == "FINISHED" and is_finite(run) and "trial_key" in run.tags:
            first.setdefault(run.tags["trial_key"], run_id)
    return first


@exercise.requirement
def a_list_of_children(record: Record) -> Finding | None:
    """Tell whether the call returned different run ids of the parent's children."""
    value, known = record.value, trials(record)
    if record.outcome.returned != "list" or not isinstance(value, list):
        return Finding("a list", f"a value of type {code(record.outcome.returned)}")
    strange = [one for one in value if not isinstance(one, str) or one not in known]
    if strange:
        return Finding("run ids of this parent's children", f"{code(strange[0])} among them")
    twice = next((one for one in value if value.count(one) > 1), None)
    return Finding("each run id once", f"{code(twice)} more than once") if twice else None


@exercise.requirement
def finished_children(record: Record) -> Finding | None:
    """Tell whether all that are named are FINISHED."""
    for run_id in record.value:
        status = trials(record)[run_id].status
        if status != "FINISHED":
            return Finding("FINISHED children alone", f"one is {status}", record.after[run_id])
    return None


@exercise.requirement
def finite_scores(record: Record) -> Finding | None:
    """Tell whether all that are named have a finite score."""
    for run_id in record.value:
        run = trials(record)[run_id]
        if not is_finite(run):
            found = f"one with {code(run.metrics['score'])}" if run.metrics else "one without"
            return Finding("children with a finite `score`", found, record.after[run_id])
    return None


@exercise.requirement
def one_for_each_key(record: Record) -> Finding | None:
    """Tell whether each key that has a sound child is there once, and nothing else."""
    keys = [trials(record)[run_id].tags.get("trial_key", "") for run_id in record.value]
    wanted = right(record)
    for key, run_id in zip(keys, record.value, strict=True):
        if not key:
            return Finding("children with a `trial_key`", "one without", record.after[run_id])
        if keys.count(key) > 1:
            found = f"{keys.count(key)} with {code(key)}"
            return Finding("one child for each key", found, record.after[run_id])
    lost = [key for key in wanted if key not in keys]
    expected = f"a child for each of {len(wanted)} keys"
    return Finding(expected, f"none for {code(repr(lost[0]))}") if lost else None


@exercise.requirement
def the_first_of_them(record: Record) -> Finding | None:
    """Tell whether the child of each key is the one that started first."""
    wanted = right(record).values()
    later = [run_id for run_id in record.value if run_id not in wanted]
    found = "one that started later"
    return Finding("the first of its key", found, record.after[later[0]]) if later else None


def not_begun(records: Sequence[Record]) -> bool:
    """Tell whether it returned what the starter returns: all children, and changed nothing."""
    return all(
        record.value == list(trials(record)) and not record.changes and not record.new
        for record in records
    )


exercise.world, exercise.calls, exercise.not_begun = world, calls, not_begun
check, hint, solution = exercise.check, exercise.hint, exercise.solution
