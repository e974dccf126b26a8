"""The requirements that many exercises have; their words are in `shared.toml`."""

from __future__ import annotations

from exercises.engine.calling import Outcome
from exercises.engine.judging import Finding
from exercises.engine.recording import Change, Record
from exercises.engine.text import code, names


def accepts_arguments(record: Record) -> Finding | None:
    """Tell whether the function can be called with the arguments of the task."""
    if record.described.takes(record.call):
        return None
    parameters = ", ".join(name for name, *_ in record.described.parameters or ())
    return Finding(
        f"a function that can be called as {code(record)}",
        code(f"def {record.function}({parameters})"),
    )


def runs_to_its_end(record: Record) -> Finding | None:
    """Tell whether the call raised nothing."""
    outcome = record.outcome
    if not outcome.error:
        return None
    where = f", raised in {code(outcome.where)}" if outcome.where else ""
    return Finding("the call returns", code(outcome.error) + where)


def logs_here(record: Record) -> Finding | None:
    """Tell whether the call logged to the active experiment, and at least one run."""
    expected = "runs in the experiment that was active before the call"
    if record.strayed:
        return Finding(expected, record.strayed)
    if record.new:
        return None
    if record.outcome.lazy:
        found = (
            f"no run; the call returned a {record.outcome.returned}, and nothing went through it"
        )
        return Finding(expected, found, cause="no_run")
    if gone := record.deleted_again:
        return Finding(expected, f"{names(gone)}, which the call deleted again", gone[0])
    return Finding(expected, "no run arrived there", cause="no_run")


def only_reads(record: Record) -> Finding | None:
    """Tell whether the call left everything as it was, and logged nothing."""
    if record.strayed:
        return Finding("the same server and the same active experiment", record.strayed)
    if record.new:
        return Finding("no new run", names(record.new), record.new[0])
    return first_change(record.changes) or changes_of_experiments(record)


def first_change(changes: list[Change]) -> Finding | None:
    """Say what changed that should not have.

    Args:
        changes: those that are not part of the task.
    """
    if not changes:
        return None
    others = f", and {len(changes) - 1} more changes" if len(changes) > 1 else ""
    return Finding("everything else as it was", changes[0].what + others, changes[0].run)


def changes_of_experiments(record: Record) -> Finding | None:
    """Say what has become of an experiment's tags; it is said of the last call."""
    return Finding("everything else as it was", record.retagged) if record.retagged else None


def all_finished(record: Record) -> Finding | None:
    """Tell whether every new run has ended as FINISHED."""
    for run in record.new:
        if run.info.run_id in record.outcome.left_open or run.info.status == "RUNNING":
            found = f"{code(run.info.run_name)} was still open when the call returned"
            return Finding("every run FINISHED", found, run)
        if run.info.status != "FINISHED":
            return Finding(
                "every run FINISHED", f"{code(run.info.run_name)} is {run.info.status}", run
            )
    return None


def came_back(outcome: Outcome) -> str:
    """Say in Markdown what a call returned, when it should have been something else.

    Args:
        outcome: the call's.

    >>> came_back(Outcome(returned="str", value="morning"))
    'a value of type `str`: `morning`'
    >>> came_back(Outcome())
    'nothing'
    """
    if outcome.returned == "NoneType":
        return "nothing"
    value = f": {code(outcome.value)}" if outcome.value is not None else ""
    return f"a value of type {code(outcome.returned)}{value}"
