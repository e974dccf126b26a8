"""The first exercise of lesson 02: log a parent run with a child for each value of a list."""

from __future__ import annotations

from collections.abc import Iterator

from exercises.engine import (
    Call,
    Described,
    Exercise,
    Finding,
    Logged,
    Record,
    Step,
    World,
    code,
    names,
    value_of,
)

exercise = Exercise.load(__file__)


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield the calls: many values, equal ones, numbers; then the first one again."""
    first = Call(("parent_run_test_default_0", ["x", "y", "z"]))
    yield Step(first)
    yield Step(Call(("Ada's learning rates", [0.1, 0.001, 1e-05, 0])))
    yield Step(Call(("the same twice", ["batch norm", "none", "batch norm"])))
    yield Step(Call(("one value", [7])))
    yield Step(Call(("a long list", list(range(26)))))
    same_name = Logged("namesake", "parent_run_test_default_0")
    yield Step(first, [same_name, Logged("its child", "child", {"param1": "x"}, parent="namesake")])


@exercise.requirement
def makes_one_parent(record: Record) -> Finding | None:
    """Tell whether the call made one run without a parent, with its name."""
    parents, name = record.parents, record.call.args[0]
    if [run.info.run_name for run in parents] == [name]:
        return None
    found = names(parents) if len(parents) == 1 else f"{len(parents)} such runs: {names(parents)}"
    run = next(iter([*parents, *record.new]), None)
    return Finding(f"one run without a parent, with the name {code(name)}", found, run)


@exercise.requirement
def makes_a_child_for_each_value(record: Record) -> Finding | None:
    """Tell whether the parent has as many direct children as there are values."""
    parent, values = record.parents[0], record.call.args[1]
    children = record.under(parent.info.run_id)
    deeper = len(record.new) - 1 - len(children)
    if len(children) == len(values) and not deeper:
        return None
    found = f"{len(children)} under {code(parent.info.run_name)}"
    found += f", and {deeper} deeper or elsewhere" if deeper else ""
    return Finding(f"{len(values)} child run{'s' if len(values) > 1 else ''}", found, parent)


@exercise.requirement
def logs_the_values(record: Record) -> Finding | None:
    """Tell whether the children's parameters are the values, in any order; MLflow keeps text."""
    children = record.under(record.parents[0].info.run_id)
    left = [str(value) for value in record.call.args[1]]
    for run in children:
        value = run.data.params.get("param1")
        if value not in left:
            expected = f"`param1` = {' or '.join(map(code, dict.fromkeys(left)))}"
            found = f"{value_of(run, 'params', 'param1')} on {code(run.info.run_name)}"
            return Finding(f"{expected} on each child, as often as in the list", found, run)
        left.remove(value)
    return None


exercise.calls = calls
check, hint, solution = exercise.check, exercise.hint, exercise.solution
