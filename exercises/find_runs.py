"""The exercise of lesson 03: find exactly the runs that three conditions describe."""

import math

from mlflow.entities import Run

from exercises.engine import Exercise, Finding, Record, came_back, code, names

exercise = Exercise.load(__file__)


def misfit(run: Run, record: Record) -> str:
    """Say which condition a run does not meet; empty if it meets all."""
    test_identifier, param1, limit = record.call.args
    tag, param = run.data.tags.get("test_identifier"), run.data.params.get("param1")
    metric1 = run.data.metrics.get("metric1", math.nan)
    conditions = {
        "it is in another experiment": run.info.experiment_id == record.backend.experiments[0],
        "it is deleted": run.info.lifecycle_stage == "active",
        f"its `test_identifier` is {code(repr(tag))}": tag == test_identifier,
        f"its `param1` is {code(repr(param))}": param == param1,
        f"its `metric1` is {run.data.metrics.get('metric1', 'missing')}": metric1 < limit,
    }
    return next((why for why, met in conditions.items() if not met), "")


@exercise.requirement
def returns_run_ids(record: Record) -> Finding | None:
    """Tell whether a list came back, each of its items the id of a run."""
    expected = "run ids of this experiment"
    if record.outcome.returned != "list" or record.value is None:
        return Finding(f"a list with {expected}", came_back(record.outcome))
    known = list(record.before.runs)  # a list: what came back may hold what has no hash
    other = [item for item in record.value if item not in known]
    return Finding(expected, f"{code(repr(other[0]))} among them") if other else None


@exercise.requirement
def misses_none(record: Record) -> Finding | None:
    """Tell whether every run that is described came back."""
    right = [run for run in record.there if not misfit(run, record)]
    missing = [run for run in right if run.info.run_id not in record.value]
    expected = f"the runs that meet all three conditions, {len(right)} in number"
    cause = "no_f" if record.value == [record.backend.run_ids["braces"]] else ""
    return Finding(expected, f"without {names(missing)}", missing[0], cause) if missing else None


@exercise.requirement
def finds_no_other(record: Record) -> Finding | None:
    """Tell whether no other run came back, and none twice."""
    for run_id in record.value:
        run, twice = record.before[run_id], record.value.count(run_id) > 1
        if why := misfit(run, record) or "it is there twice" * twice:
            return Finding("no other run, and each one once", f"{names([run])} as well: {why}", run)
    return None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
