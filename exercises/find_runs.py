"""The exercise of lesson 03: find exactly the runs that three conditions describe."""

import math

from exercises.engine import Exercise, Finding, Record, code, names
from exercises.engine.shared import lists_run_ids
from exercises.engine.world import Logged

exercise = Exercise.load(__file__)


def misfit(run: Logged, record: Record) -> str:
    """Say which condition a run does not meet; empty if it meets all."""
    test_identifier, param1, limit = record.call.args
    tag, param = run.tags.get("test_identifier"), run.params.get("param1")
    metric1 = run.metrics.get("metric1", math.nan)
    conditions = {
        "it is in another experiment": run.where != "beside",
        "it is deleted": run.where != "deleted",
        f"its `test_identifier` is {code(repr(tag))}": tag == test_identifier,
        f"its `param1` is {code(repr(param))}": param == param1,
        f"its `metric1` is {run.metrics.get('metric1', 'missing')}": metric1 < limit,
    }
    return next((why for why, met in conditions.items() if not met), "")


@exercise.requirement
def returns_run_ids(record: Record) -> Finding | None:
    """Tell whether a list came back, each of its items the id of a run."""
    known = [run.run_id for run in record.world.runs]
    return lists_run_ids(record, known, "run ids of this experiment")


@exercise.requirement
def misses_none(record: Record) -> Finding | None:
    """Tell whether every run that is described came back."""
    right = [run.run_id for run in record.world.runs if not misfit(run, record)]
    missing = [record.after[run_id] for run_id in right if run_id not in record.value]
    expected = f"the runs that meet all three conditions, {len(right)} in number"
    cause = "no_f" if record.value == [record.world["braces"]] else ""
    return Finding(expected, f"without {names(missing)}", missing[0], cause) if missing else None


@exercise.requirement
def finds_no_other(record: Record) -> Finding | None:
    """Tell whether no other run came back, and none twice."""
    known = {run.run_id: run for run in record.world.runs}
    for run_id in record.value:
        twice = "it is there twice" if record.value.count(run_id) > 1 else ""
        if why := misfit(known[run_id], record) or twice:
            run = record.after[run_id]
            return Finding("no other run, and each one once", f"{names([run])} as well: {why}", run)
    return None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
