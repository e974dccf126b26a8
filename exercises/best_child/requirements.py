"""What each call of `execute_tuning` has to log, judged by the runs that it made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlflow.entities import Run

from exercises.best_child import causes
from exercises.best_child.calls import DEFAULTS, PLAN, asked
from exercises.best_child.family import BEST_PARAMS, best, best_pair, children, metric1, pair
from exercises.engine import Exercise, Finding, Record, code, names, value_of

exercise = Exercise.load(str(Path(__file__).parent))  # best_child.toml, beside this folder
exercise.causes = {"best_metric": causes.of_every_metric, "best_params": causes.of_all_params}


@exercise.requirement
def accepts_arguments(record: Record) -> Finding | None:
    """Tell whether every call of the check fits, also those that this function was spared."""
    if all(record.described.takes(planned.call()) for planned in PLAN):
        return None
    parameters = ", ".join(name for name, *_ in record.described.parameters or ())
    call = code(f"{record.function}({', '.join(DEFAULTS)}=5)")
    expected = f"a function that can be called as {call}, and also with `test_no` alone"
    return Finding(expected, code(f"def {record.function}({parameters})"))


@exercise.requirement
def makes_one_parent(record: Record) -> Finding | None:
    """Tell whether the call made one run that has no parent."""
    expected, found = "one run that has no parent", record.parents
    if len(found) == 1:
        return None
    if not found:
        text = f"none; each of its runs has a parent already: {names(record.new)}"
        return Finding(expected, text, record.new[0])
    late = [run.data for run in found if run.info.run_id in record.outcome.left_open]
    logged = [name for data in late for name in [*data.metrics, *data.params]]
    cause = "after_the_block" if any("best" in name for name in logged) else ""
    return Finding(expected, f"{len(found)} such runs: {names(found)}", found[0], cause)


@exercise.requirement
def makes_the_children(record: Record) -> Finding | None:
    """Tell whether the parent run has as many direct child runs as the call asked for."""
    parent, found = record.parents[0], children(record)
    wanted = asked(record.call)["num_child_runs"]
    if len(found) == wanted:
        return None
    direct = {parent.info.run_id, *(run.info.run_id for run in found)}
    deeper = [run for run in record.new if run.info.run_id not in direct]
    text = f"{len(found)} under {code(parent.info.run_name)}"
    if deeper:
        text += f", and {len(deeper)} under another run: {names(deeper)}"
    runs = "1 direct child run" if wanted == 1 else f"{wanted} direct child runs"
    return Finding(f"{runs} under the parent run", text, parent)


@exercise.requirement
def logs_each_trial(record: Record) -> Finding | None:
    """Tell whether each child run has parameters drawn from the choices for it, and a metric1."""
    runs = children(record)
    for name in ("param1", "param2"):
        choices = [str(choice) for choice in asked(record.call)[f"{name}_choices"]]
        for run in runs:
            if run.data.params.get(name) not in choices:
                expected = f"`{name}` of each child run one of {code(', '.join(choices))}"
                return Finding(expected, _value(run, "params", name), run)
        if len(runs) > 20 and len({run.data.params[name] for run in runs}) == 1 < len(choices):
            found = f"{value_of(runs[0], 'params', name)} on all {len(runs)}"
            return Finding(f"`{name}` drawn anew for each child run", found, runs[0], "drawn_once")
    for run in runs:
        if "metric1" not in run.data.metrics:
            found = _value(run, "metrics", "metric1")
            return Finding("a number as `metric1` on each child run", found, run)
    return None


@exercise.requirement
def carries_identifier(record: Record) -> Finding | None:
    """Tell whether the parent run and its child runs have the tag."""
    ident = asked(record.call)["test_identifier"] or "default"
    expected = f"the tag `test_identifier` with the value {code(repr(ident))}"
    for run in [*record.parents, *children(record)]:
        if run.data.tags.get("test_identifier") != ident:
            kind = "the parent run " if run in record.parents else "the child run "
            return Finding(expected, _value(run, "tags", "test_identifier", kind), run)
    return None


@exercise.requirement
def best_metric(record: Record) -> Finding | None:
    """Tell whether the parent run has the lowest metric1 of its child runs."""
    parent, runs = record.parents[0], children(record)
    lowest = next(map(metric1, best(runs)), None)
    if lowest is None:
        return Finding("a number as `metric1` on the child runs", "none on any of them", parent)
    if parent.data.metrics.get("best_metric1") == lowest:
        return None
    of = "1 child run" if len(runs) == 1 else f"{len(runs)} child runs"
    expected = f"the metric `best_metric1` with the value {code(lowest)}, the lowest `metric1` of "
    expected += f"{of} (that of {names(best(runs))})"
    cause = causes.of_metric(parent, runs, record.before.values())
    return Finding(expected, _value(parent, "metrics", "best_metric1"), parent, cause)


@exercise.requirement
def best_params(record: Record) -> Finding | None:
    """Tell whether the parent run has both parameters of one child run with the lowest metric1."""
    parent, runs = record.parents[0], best(children(record))
    pairs = list(dict.fromkeys(map(pair, runs)))
    if not pairs or best_pair(parent) in pairs:
        return None
    values = " or ".join(code(", ".join(both)) for both in pairs)
    expected = f"the parameters `best_param1` and `best_param2` with the values {values}"
    found = " and ".join(value_of(parent, "params", name) for name in BEST_PARAMS)
    return Finding(
        f"{expected}, those of {names(runs)}",
        f"{found} on {code(parent.info.run_name)}",
        parent,
        causes.of_params(parent, children(record)),
    )


def _value(run: Run, kind: str, name: str, which: str = "") -> str:
    """Say what a run has under a name, and which run that is."""
    return f"{value_of(run, kind, name)} on {which}{code(run.info.run_name)}"


def not_begun(records: Sequence[Record]) -> bool:
    """Tell whether the starter is as it was: four parameters, no error, and nothing of a best."""
    parameters = [name for name, *_ in records[0].described.parameters or ()]
    data = [run.data for record in records for run in record.new]
    logged = {name for d in data for name in [*d.metrics, *d.params, *d.tags]}
    failed = any(record.outcome.error for record in records)
    done = failed or any(name.startswith("best") for name in logged)
    return parameters == list(DEFAULTS)[:4] and not done


exercise.not_begun = not_begun
