"""The best-child challenge of lesson 05: each parent run keeps its best child's result."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlflow.entities import Run

from helpers.exercises import causes
from helpers.exercises.best_child_calls import DEFAULTS, Calls, begun
from helpers.exercises.calling import Callee
from helpers.exercises.children import (
    all_finished,
    carries_identifier,
    exact_children,
    within_choices,
)
from helpers.exercises.exercise import Exercise
from helpers.exercises.family import Family, logs_where_it_is_told, one_parent, runs_to_its_end
from helpers.exercises.observing import Place, observe
from helpers.exercises.report import Report, not_accepted
from helpers.exercises.requirement import (
    Finding,
    Requirement,
    code,
    judged,
    names,
    requirement,
    value_of,
)


@requirement()
def accepts_parameters(family: Family) -> Finding | None:
    """`execute_tuning` is a function that accepts the five parameters

    the line that begins with `def execute_tuning(`

    The third task asks for one more parameter. Who calls `execute_tuning` without it must not
    notice.

    Leave the starter's parameters and their order as they are, and put the new one last, with the
    number that was built in so far as its default.

    `num_child_runs=5`, after `test_identifier=""`. Give `check` the function itself, without
    parentheses.
    """
    return Finding(_EXPECTED, family.refused) if family.refused else None


_CALL = code(f"execute_tuning({', '.join(DEFAULTS)})")
_EXPECTED = f"a function that can be called as {_CALL}, and also with `test_no` alone"


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
    cause = causes.of_metric(parent, family.children, family.others)
    return Finding(
        f"the metric `best_metric1` with the value {code(lowest)}, the lowest `metric1` of "
        f"{len(family.children)} child runs (that of {names(best)})",
        f"{value_of(parent, 'metrics', 'best_metric1')} on {code(parent.info.run_name)}",
        parent,
        *cause,
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
        *cause,
    )


REQUIREMENTS: tuple[Requirement[Family], ...] = (
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


def examine(callee: Callee, place: Place) -> Report:
    """Call the function until the verdict is certain, and return the report.

    Args:
        callee: the student's function.
        place: where it is to log, and what it logged is read from.
    """

    def failed(families: Sequence[Family]) -> bool:
        results = judged(REQUIREMENTS, families)
        return any(r.met is False for r in results if r.requirement is not REQUIREMENTS[0])

    calls = Calls(callee.describe(), failed)
    families = calls.families(observe(callee, place, calls.next_call))
    if not families:  # it takes none of the calls
        return not_accepted(REQUIREMENTS, Finding(_EXPECTED, calls.refused))
    unbegun = begun.unmet((calls, families))
    return Report(
        judged(REQUIREMENTS, families),
        f"{begun.title} {begun.look}" if unbegun else "",
        calls.doubt,
    )


EXERCISE = Exercise(
    "execute_tuning", "05_best_child_challenge.ipynb", REQUIREMENTS, begun.hints, examine
)
