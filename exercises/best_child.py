"""The challenge of lesson 05: each parent run keeps its best child's result.

The calls in the TOML file are many small ones, in which the best child run is never twice the same
way: as they are, tests/code/test_wrong_rules.py finds no wrong rule that passes, and each pair of
settings occurs. After a change there, run that test.
"""

import math
from dataclasses import replace
from typing import Any

from mlflow.entities import Run

from exercises.engine import (
    Exercise,
    Finding,
    Record,
    code,
    has,
    has_children,
    names,
    one_parent,
    value_of,
)
from exercises.engine.calling import Call

exercise = Exercise.load(__file__)
# The parameters that execute_tuning must accept, and their values where none are given.
DEFAULTS: dict[str, Any] = {
    "test_no": 0,
    "param1_choices": ["a", "b", "c"],
    "param2_choices": ["d", "e", "f"],
    "test_identifier": "",
    "num_child_runs": 5,
}


def asked(call: Call) -> dict[str, Any]:
    """Return the five values of a call, also those that were left to the defaults."""
    return DEFAULTS | dict(zip(DEFAULTS, call.args, strict=False)) | call.kwargs


def metric1(run: Run) -> float:
    """Return a child run's metric1; NaN if it has none."""
    return float(run.data.metrics.get("metric1", math.nan))


def best(record: Record) -> list[Run]:
    """Return the children with the lowest metric1: several if they tie."""
    numbers = [metric1(run) for run in record.children if not math.isnan(metric1(run))]
    return [run for run in record.children if not numbers or metric1(run) == min(numbers)]


def pair(run: Run, prefix: str = "") -> list[str]:
    """Return both parameters of a run; empty texts if it lacks them."""
    return [run.data.params.get(f"{prefix}{name}", "") for name in ("param1", "param2")]


def absent(record: Record, kind: str, name: str) -> str:
    """Name the cause if the parent run has no such metric or parameter."""
    if name in getattr(record.parents[0].data, kind):
        return ""
    data = [run.data for run in record.children]
    on_a_child = any(name in {**one.metrics, **one.params, **one.tags} for one in data)
    return "on_the_children" if on_a_child else "missing"


@exercise.requirement
def makes_one_parent(record: Record) -> Finding | None:
    """Tell whether the call made one run that has no parent."""
    finding = one_parent(record)
    late = [run.data for run in record.parents if run.info.run_id in record.outcome.left_open]
    after_the_block = any("best" in name for data in late for name in (*data.metrics, *data.params))
    return finding and replace(finding, cause="after_the_block" * after_the_block)


@exercise.requirement
def makes_the_children(record: Record) -> Finding | None:
    """Tell whether the parent run has as many direct child runs as the call asked for."""
    wanted = asked(record.call)["num_child_runs"]  # they may have children of their own
    return None if len(record.children) == wanted else has_children(record, wanted)


@exercise.requirement
def logs_each_trial(record: Record) -> Finding | None:
    """Tell whether each child run has parameters drawn from the choices for it, and a metric1."""
    runs = record.children
    if not runs:
        return Finding("both parameters and `metric1` on each child run", "no child run")
    for name in ("param1", "param2"):
        choices = [str(choice) for choice in asked(record.call)[f"{name}_choices"]]
        drawn = {run.data.params.get(name): run for run in runs}
        for drawn_value, run in drawn.items():
            if drawn_value not in choices:
                expected = f"`{name}` of each child run one of {code(', '.join(choices))}"
                return Finding(expected, value_of(run, "params", name), run)
        if len(runs) > 20 and len(drawn) == 1 < len(choices):
            found = f"{value_of(runs[0], 'params', name)}, and on all {len(runs)}"
            return Finding(f"`{name}` drawn anew for each child run", found, runs[0], "drawn_once")
    for run in runs:
        if "metric1" not in run.data.metrics:
            found = value_of(run, "metrics", "metric1")
            return Finding("a number as `metric1` on each child run", found, run)
    return None


@exercise.requirement
def carries_identifier(record: Record) -> Finding | None:
    """Tell whether the parent run and its child runs have the tag."""
    ident = asked(record.call)["test_identifier"] or "default"
    for run in (*record.parents, *record.children):
        if finding := has(run, "tags", "test_identifier", ident):
            return finding
    return None


@exercise.requirement
def best_metric(record: Record) -> Finding | None:
    """Tell whether the parent run has the lowest metric1 of its child runs."""
    parent, values = record.parents[0], [metric1(run) for run in record.children]
    lowest, found = metric1(best(record)[0]), parent.data.metrics.get("best_metric1", math.nan)
    guesses = {
        "of_the_last": found == values[-1],
        "of_the_first": found == values[0],
        "the_highest": found == max(values),
        "rounded": math.isclose(found, lowest, rel_tol=0.05, abs_tol=0.05) and found not in values,
    }
    said = f"the lowest `metric1` of {len(values)} child run{'s' * (len(values) > 1)}"
    finding = has(parent, "metrics", "best_metric1", lowest)
    return finding and replace(
        finding,
        expected=f"{finding.expected}, {said} (that of {names(best(record))})",
        cause=absent(record, "metrics", "best_metric1"),
        guesses=guesses,
    )


@exercise.requirement
def best_params(record: Record) -> Finding | None:
    """Tell whether the parent run has both parameters of one child run with the lowest metric1."""
    parent, found, runs = record.parents[0], pair(record.parents[0], "best_"), record.children
    right = [pair(run) for run in best(record)]
    if found in right:
        return None
    values = " or ".join(dict.fromkeys(code(", ".join(both)) for both in right))
    guesses = {
        "exchanged": found[::-1] in right,
        "of_the_last": found == pair(runs[-1]),
        "of_the_first": found == pair(runs[0]),
    }
    first, second = (value_of(parent, "params", name) for name in ("best_param1", "best_param2"))
    return Finding(
        f"`best_param1` and `best_param2` = {values}, those of {names(best(record))}",
        f"{first} and {second}",
        parent,
        absent(record, "params", "best_param1") or absent(record, "params", "best_param2"),
        guesses,
    )


check, hint, solution = exercise.check, exercise.hint, exercise.solution
