"""The best-child challenge of lesson 05: each parent run keeps its best child's result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mlflow.entities import Run

from helpers.exercises import any_call, causes
from helpers.exercises.best_child_calls import asks, refused
from helpers.exercises.exercise import Exercise
from helpers.exercises.family import (
    DEFAULTS,
    Family,
    all_finished,
    carries_identifier,
    exact_children,
    logs_where_it_is_told,
    one_parent,
    runs_to_its_end,
    within_choices,
)
from helpers.exercises.requirement import (
    Finding,
    Requirement,
    code,
    names,
    requirement,
    value_of,
)


@requirement()
def accepts_parameters(family: Family) -> Finding | None:
    """`execute_tuning` is a function that accepts the five parameters

    the line that begins with `def execute_tuning(`

    The third task asks for one more parameter. Calls that do not give it must work as before.

    Leave the starter's parameters and their order as they are, and put the new one last, with the
    number that was built in so far as its default.

    `num_child_runs=5`, after `test_identifier=""`. Give `check` the function itself, without
    parentheses.
    """
    call = code(f"{family.name}({', '.join(DEFAULTS)}=5)")
    expected = f"a function that can be called as {call}, and also with `test_no` alone"
    why_not = refused(family.described)
    return Finding(expected, why_not) if why_not else None


def _best(family: Family) -> list[Run]:
    """Return the children with the lowest metric1: several if they tie, none without a number."""
    values = [run.data.metrics.get("metric1", math.nan) for run in family.children]
    lowest = min((value for value in values if not math.isnan(value)), default=None)
    return [run for run, v in zip(family.children, values, strict=True) if v == lowest]


@requirement("one_parent")
def best_metric(family: Family) -> Finding | None:
    """`best_metric1` on the parent run is the lowest `metric1` of its child runs

    which values are compared, of which runs, and since when; of several values under one name,
    the server shows the one with the highest step

    `log_run` knows what it logs, and nobody asks it. Let it return those values, and let
    `execute_tuning` use them to keep track of the best.

    The loop calls `log_run` and throws away what it returns. A list keeps it, one entry for each
    child run: `results.append(log_run(…))`.

    Compare what was found with the child runs in the MLflow UI: is it the lowest, of all child
    runs, of this call alone, not rounded? What remembers the best has to start afresh in each
    call.

    Take the `min` of the list, and log it as a metric (not as a parameter or a tag) inside the
    parent's `with` block, after the last child run.
    """
    parent, best = family.parents[0], _best(family)
    if not best:
        return Finding("a number as `metric1` on the child runs", "none on any of them", parent)
    lowest, found = best[0].data.metrics["metric1"], parent.data.metrics.get("best_metric1")
    if found == lowest:
        return None
    others = [run for run in family.seen.all_runs if run not in family.seen.runs]
    cause = causes.of_metric(parent, family.children, others)
    of = "1 child run" if len(family.children) == 1 else f"{len(family.children)} child runs"
    return Finding(
        f"the metric `best_metric1` with the value {code(lowest)}, the lowest `metric1` of {of} "
        f"(that of {names(best)})",
        f"{value_of(parent, 'metrics', 'best_metric1')} on {code(parent.info.run_name)}",
        parent,
        cause,
    )


@requirement("one_parent", "within_choices")
def best_params(family: Family) -> Finding | None:
    """`best_param1` and `best_param2` on the parent run are those of that child run

    whether the metric and both parameters that you keep come from one and the same child run

    `log_run` knows what it logs, and nobody asks it. Let it return those values, and let
    `execute_tuning` use them to keep track of the best.

    A metric and two parameters make one result. Kept in three places, they come apart; kept in
    one tuple, they stay together.

    `metric1, param1, param2 = min(results)`, if `log_run` returns them in this order.

    Then log `param1` as `best_param1` and `param2` as `best_param2`, with `mlflow.log_param` and
    as they are, inside the parent's `with` block.
    """
    parent, best = family.parents[0], _best(family)
    found = tuple(parent.data.params.get(name) for name in ("best_param1", "best_param2"))
    pairs = [(run.data.params["param1"], run.data.params["param2"]) for run in best]
    if found in pairs or not pairs:
        return None
    texts = [value_of(parent, "params", name) for name in ("best_param1", "best_param2")]
    cause = causes.of_params(parent, family.children, best)
    return Finding(
        f"the parameters `best_param1` and `best_param2` with the values "
        f"{' or '.join(code(', '.join(pair)) for pair in dict.fromkeys(pairs))}, those of "
        f"{names(best)}",
        f"{' and '.join(texts)} on {code(parent.info.run_name)}",
        parent,
        cause,
    )


REQUIREMENTS: tuple[Requirement[Any], ...] = (
    accepts_parameters,
    runs_to_its_end,
    logs_where_it_is_told,
    one_parent,
    exact_children,
    all_finished,
    within_choices,
    carries_identifier,
    best_metric,
    best_params,
)


def nothing_yet(families: Sequence[Family]) -> bool:
    """Nothing of the three tasks is there yet.

    Change the functions in the starter cell, run that cell, then run this one again. If you do not
    know how to begin, run the cell with `hint()`.

    `log_run` knows what it logs, and nobody asks it. Let it return those values, and let
    `execute_tuning` use them to keep track of the best.

    The loop calls `log_run` and throws away what it returns. A list keeps it, one entry for each
    child run: `results.append(log_run(…))`.

    Return a tuple with `metric1` in front, such as `(metric1, param1, param2)`. Tuples are
    compared by their first item, so `min` of the list is the best child's. A loop that remembers
    the lowest so far does as well.

    Inside the parent's `with` block, after the child runs: `mlflow.log_metric` once for
    `best_metric1`, `mlflow.log_param` twice. For the third task, `execute_tuning` gets
    `num_child_runs=5` as its last parameter and sends it on to `generate_run_names`.
    """
    if any_call.untouched(families):
        return True
    parameters = [name for name, *_ in families[0].described.parameters or ()]
    failed = any(family.seen.outcome.error for family in families)
    data = [run.data for family in families for run in family.seen.runs]
    logged = {name for d in data for name in [*d.metrics, *d.params, *d.tags]}
    done = failed or any(name.startswith("best") for name in logged)
    return parameters == list(DEFAULTS)[:4] and not done


EXERCISE = Exercise(
    "execute_tuning",
    "05_best_child_challenge.ipynb",
    REQUIREMENTS,
    nothing_yet,
    asks,
    Family,
)
