"""The second exercise of lesson 02: give runs that exist already a parent."""

from __future__ import annotations

from collections.abc import Iterator

from exercises.engine import (
    Call,
    Change,
    Described,
    Exercise,
    Finding,
    Logged,
    Record,
    Step,
    World,
    came_back,
    code,
    names,
    value_of,
)
from helpers.tree import PARENT_TAG

exercise = Exercise.load(__file__)


def flat(n: int, status: str = "FINISHED") -> Logged:
    """Return a run to adopt, as lesson 01 logs them: each name is there twice."""
    name, metric1 = f"run_{n % 5}_test_0", {"metric1": (n - 3) / 10}
    return Logged(f"flat {n}", name, {"param1": "abc"[n % 3]}, metric1, status=status)


def world() -> list[Logged]:
    """Return the runs to adopt, and a run that has the name of a parent to be made."""
    statuses = {4: "FAILED", 8: "KILLED"}
    flat_runs = [flat(n, statuses.get(n, "FINISHED")) for n in range(10)]
    return [*flat_runs, Logged("namesake", "after the fact")]


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield the calls: neither all runs, nor neighbours, nor in order."""
    asked: list[tuple[list[int], str]] = [
        ([5, 0, 3], "parent_run_test_default_0"),
        ([1, 6, 8, 4, 9], "after the fact"),
        ([2], "Ada's only child"),
    ]
    for numbers, name in asked:
        yield Step(Call(([world[f"flat {n}"] for n in numbers], name)))
    # The first one again, when there are more runs: its children get another parent.
    numbers, name = asked[0]
    again = Call(([world[f"flat {n}"] for n in numbers], name))
    yield Step(again, first=[flat(10), flat(11)])


def may_change(record: Record, change: Change) -> bool:
    """Tell whether a change is the tag on a run of the list."""
    return change.field == f"tags.{PARENT_TAG}" and change.run.info.run_id in record.call.args[0]


@exercise.requirement
def makes_one_parent(record: Record) -> Finding | None:
    """Tell whether the call made one run, with its name and without a parent."""
    runs, name = record.new, record.call.args[1]
    expected = f"one new run with the name {code(name)} and no parent"
    if len(runs) != 1:
        return Finding(expected, f"{len(runs)} new runs: {names(runs)}", runs[0])
    if PARENT_TAG in runs[0].data.tags:
        found = f"{names(runs)}, which has a parent itself"
        return Finding(expected, found, runs[0], "tag_on_the_parent")
    if runs[0].info.run_name != name:
        return Finding(expected, names(runs), runs[0], "another_name")
    return None


@exercise.requirement
def every_run_is_a_child(record: Record) -> Finding | None:
    """Tell whether each run of the list has the tag with the new run's id."""
    parent, (run_ids, name) = record.new[0].info.run_id, record.call.args
    for run in (record.after[run_id] for run_id in run_ids):
        value = run.data.tags.get(PARENT_TAG)
        if value != parent:
            expected = f"the tag {code(PARENT_TAG)} with the parent's run id, {code(parent)}"
            found = f"{value_of(run, 'tags', PARENT_TAG)} on {code(run.info.run_name)}"
            was = record.before[run.info.run_id]
            reopened = run.info.end_time != was.info.end_time and run.data.tags == was.data.tags
            causes = {name: "parents_name", run.info.run_id: "its_own_id"}
            return Finding(expected, found, run, causes.get(value, "opened_again" * reopened))
    return None


@exercise.requirement
def returns_the_parent(record: Record) -> Finding | None:
    """Tell whether the call returned the parent's run id."""
    if record.value == record.new[0].info.run_id:
        return None
    expected = f"the run id of {code(record.new[0].info.run_name)}"
    return Finding(expected, came_back(record.outcome), record.new[0])


exercise.calls, exercise.world, exercise.may_change = calls, world, may_change
check, hint, solution = exercise.check, exercise.hint, exercise.solution
