"""The exercise of lesson 01: log a run, and find the best run of its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exercises.engine import (
    Call,
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

exercise = Exercise.load(__file__)


def earlier(name: str, metric1: float) -> Logged:
    """Return a run that somebody logged before."""
    return Logged(f"{name} {metric1}", name, {"param1": "b"}, {"metric1": metric1})


def world() -> list[Logged]:
    """Return older runs: of the names that are asked for, and of names nearly the same."""
    of_the_names = [earlier("morning", 0.45), earlier("evening", 12.0)]
    deleted = replace(earlier("morning", -7.0), deleted=True)
    beside = replace(earlier("night", -7.0), beside=True)
    others = ["morning again", "Morning", "mornin_", "good morning", "evening ", "even%", "night'"]
    return [*of_the_names, deleted, beside, *(earlier(name, -9.0) for name in others)]


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield the calls: the best run is now the new one, now an older one, now somebody else's."""
    yield Step(Call(("evening", "c", 10.25)))  # as text, 10.25 would be below 9.5
    yield Step(Call(("morning", "a", 0.5)))
    yield Step(Call(("morning", "b", 0.30000000000000004)))
    yield Step(Call(("evening", "b", 9.5)))
    yield Step(Call(("night", "c", 0.0)))
    yield Step(Call(("night", "a", -1.5)))
    yield Step(Call(("night", "b", 3.0)))
    yield Step(Call(("morning", "a", 0.5)), first=[earlier("morning", 0.125)])


@exercise.requirement
def logs_one_run(record: Record) -> Finding | None:
    """Tell whether the call logged one run, with its name."""
    runs, name = record.new, record.call.args[0]
    if [run.info.run_name for run in runs] == [name]:
        return None
    found = f"{len(runs)} runs: {names(runs)}" if len(runs) > 1 else names(runs)
    return Finding(f"one new run with the name {code(name)}", found, runs[0])


@exercise.requirement
def logs_both_values(record: Record) -> Finding | None:
    """Tell whether the run has both values as they were given."""
    (run,), (_, param1, metric1) = record.new, record.call.args
    for kind, name, value in (("params", "param1", param1), ("metrics", "metric1", metric1)):
        if getattr(run.data, kind).get(name) != value:
            word = "parameter" if kind == "params" else "metric"
            found = f"{value_of(run, kind, name)} on {code(run.info.run_name)}"
            return Finding(f"the {word} `{name}` with the value {code(value)}", found, run)
    return None


@exercise.requirement
def returns_the_best(record: Record) -> Finding | None:
    """Tell whether the call returned the lowest of what is known to have this name by now."""
    name, value = record.call.args[0], record.value
    known = {run.run_id: run.metrics["metric1"] for run in record.world.visible if run.name == name}
    for call in (*record.earlier, record):
        if call.call.args[0] == name:
            known |= {run.info.run_id: call.call.args[2] for run in call.new}
    lowest = min(known.values())
    if known.get(value) == lowest:
        return None
    expected = f"the run id of {code(name)} with `metric1` = {code(lowest)}"
    expected += f", the lowest of {len(known)} of that name"
    run = record.after.get(value) if isinstance(value, str) else None
    if run is None:
        found = f"{came_back(record.outcome)}, which is no run id"
        return Finding(expected, found, cause="no_run_id")
    found = f"that of {code(run.info.run_name)} with {value_of(run, 'metrics', 'metric1')}"
    if run.info.experiment_id != record.experiments[0]:
        return Finding(expected, f"{found}, in another experiment", run, "another_experiment")
    if run.info.run_name != name:
        return Finding(expected, f"{found}, a run of another name", run, "another_name")
    return Finding(expected, found, run)


exercise.world, exercise.calls = world, calls
check, hint, solution = exercise.check, exercise.hint, exercise.solution
