"""The exercise of lesson 08: a worker that may die, and does no work twice when it is restarted."""

from exercises.engine import Exercise, Finding, Record, code, has, value_of
from exercises.training import result
from helpers.tree import PARENT_TAG

exercise = Exercise.load(__file__)


@exercise.requirement
def children_of_the_parent(record: Record) -> Finding | None:
    """Tell whether each new run is a child of the parent that the worker was told."""
    parent = record.after[record.call.args[-1]]
    expected = f"new runs under {code(parent.info.run_name)}, in its experiment"
    if strayed := record.strayed:
        return Finding(expected, strayed)
    for run in record.new:
        if (under := run.data.tags.get(PARENT_TAG)) != parent.info.run_id:
            found = f"{code(run.info.run_name)}, which has {'another' if under else 'no'} parent"
            return Finding(expected, found, run, "" if under else "no_parent")
    return None


@exercise.requirement
def one_for_each_x(record: Record) -> Finding | None:
    """Tell whether there is one new child for each x that had no finished one, and no other."""
    share, _, parent = record.call.args
    wanted, family = [*map(str, share)], record.before.children(parent)
    done = [run.data.params.get("x") for run in family if run.info.status == "FINISHED"]
    logged = [run.data.params.get("x", "") for run in record.new]
    for run, x in zip(record.new, logged, strict=True):
        found = f"{code(run.info.run_name)}, though a child with `x` = {x} has finished"
        if x not in wanted:
            found = value_of(run, "params", "x")
            return Finding("an `x` of the share as the parameter `x` of each child", found, run)
        if x in done:
            return Finding("no second child for the same `x`", found, run, "done_already")
        if (number := logged.count(x)) > 1:
            return Finding(f"one child with `x` = {x}", f"{number} of this call", run)
    for x in wanted:
        if x not in done + logged:
            expected = f"a new child with `x` = {x}, since none has finished"
            return Finding(expected, "none", record.after[parent], "left_out")
    return None


@exercise.requirement
def ends_as_its_training_did(record: Record) -> Finding | None:
    """Tell whether each new child is FAILED if its training raised an error, else FINISHED."""
    for run in record.new:
        x, status = run.data.params["x"], run.info.status
        wanted, _ = result("exercises.training:train", {"lr": float(x)}, seed=0)
        if run.info.run_id in record.outcome.left_open:
            status = "still open"
        if status != wanted:
            found = f"{code(run.info.run_name)} is {status}"
            return Finding(f"{wanted} for `x` = {x}", found, run)
    return None


@exercise.requirement
def logs_the_score(record: Record) -> Finding | None:
    """Tell whether each child that has finished has the score of its training."""
    for run in record.new:
        x = run.data.params["x"]
        status, score = result("exercises.training:train", {"lr": float(x)}, seed=0)
        if status == "FINISHED" and (finding := has(run, "metrics", "score", score)):
            return finding
    return None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
