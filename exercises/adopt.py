"""The second exercise of lesson 02: give runs that exist already a parent."""

from dataclasses import replace

from exercises.engine import Exercise, Finding, Record, has, names, one_parent, shared
from helpers.tree import PARENT_TAG

exercise = Exercise.load(__file__)


@exercise.requirement
def changes_nothing_else(record: Record) -> Finding | None:
    """Tell whether all is as it was, but for the tag on the runs of the list."""
    allowed = {(run_id, f"tags.{PARENT_TAG}") for run_id in record.call.args[0]}
    return shared.changes_nothing_else(record, allowed)


@exercise.requirement
def makes_one_parent(record: Record) -> Finding | None:
    """Tell whether the call made one run, with its name and without a parent."""
    if len(record.new) > 1:
        found = f"{len(record.new)} new runs: {names(record.new)}"
        return Finding("one new run", found, record.new[0])
    return one_parent(record, record.call.args[1])


@exercise.requirement
def every_run_is_a_child(record: Record) -> Finding | None:
    """Tell whether each run of the list has the tag with the new run's id."""
    parent, (run_ids, name) = record.parents[0].info.run_id, record.call.args
    for run_id in run_ids:
        was, run = record.before[run_id], record.after[run_id]
        if finding := has(run, "tags", PARENT_TAG, parent):
            reopened = run.info.end_time != was.info.end_time and run.data.tags == was.data.tags
            causes = {name: "parents_name", run_id: "its_own_id"}
            value = run.data.tags.get(PARENT_TAG, "")
            return replace(finding, cause=causes.get(value, "opened_again" * reopened))
    return None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
