"""The requirements that many exercises have; their words are in `shared.toml`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mlflow.entities import Run

from exercises.engine.judging import Finding
from exercises.engine.recording import Record, came_back
from exercises.engine.text import WORDS, code, names, value_of
from helpers.remedies import MISSING


def accepts_arguments(record: Record) -> Finding | None:
    """Tell whether the function can be called with the arguments of the task."""
    outcome, expected = record.outcome, f"a function that can be called as {code(record)}"
    if outcome.fits:
        return None
    if outcome.parameters is not None:
        return Finding(expected, code(f"def {record.function}({', '.join(outcome.parameters)})"))
    found = f"a value of type {code(outcome.no_function)}"
    found += f"; `check({record.function})` takes the function itself"
    return Finding("a function", found, cause="no_function")


def runs_to_its_end(record: Record) -> Finding | None:
    """Tell whether the call raised nothing."""
    outcome = record.outcome
    if not outcome.error:
        return None
    where = f", raised in {code(outcome.where)}" if outcome.where else ""
    remedy = f". {MISSING}" if outcome.error.startswith("NameError") else ""
    return Finding("the call returns", code(outcome.error.rstrip(".")) + where + remedy)


def logs_here(record: Record) -> Finding | None:
    """Tell whether the call logged to the active experiment, and at least one run."""
    expected, outcome = "runs in the experiment that was active before the call", record.outcome
    if strayed := record.strayed:
        return Finding(expected, strayed)
    if record.new:
        return None
    if gone := record.made:
        return Finding(expected, f"{names(gone)}, which the call deleted again", gone[0])
    found = "no run arrived there"
    if outcome.returned in ("generator", "coroutine", "async_generator", "map"):
        found = f"no run; the call returned a {outcome.returned}, and nothing went through it"
    return Finding(expected, found, cause="no_run")


def only_reads(record: Record) -> Finding | None:
    """Tell whether the call left everything as it was, and logged nothing."""
    if strayed := record.strayed:
        return Finding("the same server and the same active experiment", strayed)
    if record.new:
        return Finding("no new run", names(record.new), record.new[0])
    return changes_nothing_else(record)


def changes_nothing_else(
    record: Record, allowed: Collection[tuple[str, str]] = ()
) -> Finding | None:
    """Tell whether all that was there before is as it was, but for what the task asks for.

    Args:
        record: the call.
        allowed: what the task asks for: a run's id, and what of it changes.
    """
    if not (changes := record.changes(allowed)):
        return None
    more = f", and {len(changes) - 1} more changes" if changes[1:] else ""
    return Finding("everything else as it was", f"{changes[0]}{more}", changes[0].run)


def all_finished(record: Record) -> Finding | None:
    """Tell whether every new run has ended as FINISHED."""
    for run in record.new:
        name, left_open = code(run.info.run_name), run.info.run_id in record.outcome.left_open
        if left_open or run.info.status == "RUNNING":
            found = f"{name} was still open when the call returned"
            return Finding("every run FINISHED", found, run)
        if run.info.status != "FINISHED":
            return Finding("every run FINISHED", f"{name} is {run.info.status}", run)
    return None


def one_parent(record: Record, name: str = "") -> Finding | None:
    """Tell whether the call made one run without a parent.

    Args:
        record: the call.
        name: the run's, if the task says one.
    """
    parents = record.parents
    if len(parents) == 1 and name in ("", parents[0].info.run_name):
        return None
    expected = f"one new run without a parent{f', with the name {code(name)}' if name else ''}"
    if not parents:
        said = f"none; each of its runs has a parent: {names(record.new)}"
        return Finding(expected, said, record.new[0], "no_parent")
    if len(parents) == 1:
        return Finding(expected, names(parents), parents[0], "another_name")
    return Finding(expected, f"{len(parents)} such runs: {names(parents)}", parents[0])


def has_children(record: Record, wanted: int) -> Finding | None:
    """Tell whether the one parent that the call made has so many children, and nothing deeper.

    Args:
        record: the call.
        wanted: how many.
    """
    parent, children = record.parents[0], record.children
    others = [run for run in record.new if run not in [parent, *children]]
    if len(children) == wanted and not others:
        return None
    said = f"{len(children)} under {code(parent.info.run_name)}"
    said += f", and {len(others)} under another run: {names(others)}" if others else ""
    return Finding(f"{wanted} child run{'s' * (wanted != 1)} under the parent", said, parent)


def has(run: Run, kind: str, name: str, value: object) -> Finding | None:
    """Tell whether a run has a value under a name.

    Args:
        run: the run.
        kind: `metrics`, `params` or `tags`.
        name: the metric's, parameter's or tag's.
        value: what it must be.
    """
    if getattr(run.data, kind).get(name) == value:
        return None
    return Finding(f"the {WORDS[kind]} `{name}` = {code(value)}", value_of(run, kind, name), run)


def returns_the_parent(record: Record) -> Finding | None:
    """Tell whether the call returned the run id of the parent that it made."""
    parent = record.parents[0]
    if record.value == parent.info.run_id:
        return None
    return Finding(f"the run id of {code(parent.info.run_name)}", came_back(record.outcome), parent)


def returns_a_dict(record: Record, types: Mapping[str, tuple[type, ...]]) -> Finding | None:
    """Tell whether the call returned a dict with values of these types.

    Args:
        record: the call.
        types: those that a value may have, by key; a tuple comes back as a list.
    """
    answers = record.value
    if not isinstance(answers, dict):
        odd = ", which holds something else" if record.outcome.returned == "dict" else ""
        expected = f"a dict with {', '.join(map(code, types))}: numbers, texts, lists of them"
        return Finding(expected, came_back(record.outcome) + odd)
    for key, kinds in types.items():
        if type(answers.get(key)) not in kinds:
            keys = ", ".join(map(code, answers)) or "none"
            found = (
                code(repr(answers[key])) if key in answers else f"no `{key}`; the keys are {keys}"
            )
            either = " or ".join(code(kind.__name__) for kind in kinds)
            return Finding(f"`{key}` is of type {either}", found)
    return None


def each_is_logged(record: Record, given: Sequence[Mapping[str, object]]) -> Finding | None:
    """Tell whether the children have these parameters, in any order; MLflow keeps text.

    Args:
        record: the call.
        given: those of each child, by name.
    """
    left = [{name: str(value) for name, value in one.items()} for one in given]
    for run in record.children:
        params: dict[str, Any] = {name: run.data.params.get(name) for name in given[0]}
        if params not in left:
            found = ", ".join(value_of(run, "params", name) for name in params)
            return Finding(f"a child with each of {code(left)}", found, run)
        left.remove(params)
    return None


TESTS = {
    test.__name__: test
    for test in (
        accepts_arguments,
        runs_to_its_end,
        logs_here,
        only_reads,
        changes_nothing_else,
        all_finished,
        returns_the_parent,
    )
}
