"""The exercise of lesson 01: log a run, and find the best run of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from helpers.exercises.any_call import (
    Seen,
    accepts_arguments,
    runs_to_its_end,
    takes,
    untouched,
)
from helpers.exercises.calling import Call, Callee, Outcome
from helpers.exercises.exercise import Exercise
from helpers.exercises.log_and_find_calls import CALLS, NAME, Logged, logged
from helpers.exercises.log_and_find_causes import BY_METRIC, BY_NAME, ERRORS, FILTER, ORDER
from helpers.exercises.observing import Observed, Place, observe
from helpers.exercises.one_run import came_back, ends_the_run, makes_a_run_here
from helpers.exercises.report import Report
from helpers.exercises.requirement import (
    Finding,
    Requirement,
    code,
    judged,
    names,
    requirement,
    value_of,
)


def _ended(one: Seen) -> Finding | None:
    finding, error = runs_to_its_end.unmet(one), one.seen.outcome.error
    for kind, (look, hints) in ERRORS.items():
        if finding and error.startswith(kind):
            return replace(finding, look=look, hints=hints)
    return finding


@requirement("stays_where_it_is")
def logs_one_run(one: Logged) -> Finding | None:
    """each call logs one run, with the name that it is given

    `mlflow.start_run(run_name=…)`, and whether each call reaches it once

    Which line opens a run, and where does it get its name from?

    One `with mlflow.start_run(run_name=run_name):`, and nothing but the two values inside.

    The search comes after the `with` block and opens no run. The name is the variable `run_name`,
    without quotes.
    """
    runs, name = one.seen.runs, one.seen.call.args[0]
    if len(runs) == 1 and runs[0].info.run_name == name:
        return None
    found = f"{len(runs)} runs: {names(runs)}" if runs else "no run"
    return Finding(f"one new run with the name {code(name)}", found, next(iter(runs), None))


@requirement("logs_one_run")
def logs_both_values(one: Logged) -> Finding | None:
    """the run has `param1` as a parameter and `metric1` as a metric, as they were given

    `mlflow.log_param` and `mlflow.log_metric`: which of them logs what, under which name

    A parameter goes in, a metric comes out. Each kind has a call of its own.

    `mlflow.log_param("param1", …)` and `mlflow.log_metric("metric1", …)`, both inside the `with`
    block.

    The second argument is the variable, without quotes, and not rounded.
    """
    (run,) = one.seen.runs
    _, param1, metric1 = one.seen.call.args
    for kind, name, value in (("params", "param1", param1), ("metrics", "metric1", metric1)):
        if getattr(run.data, kind).get(name) != value:
            word = "parameter" if kind == "params" else "metric"
            found = f"{value_of(run, kind, name)} on {code(run.info.run_name)}"
            return Finding(f"the {word} `{name}` with the value {code(value)}", found, run)
    return None


@requirement("logs_both_values")
def returns_the_best(one: Logged) -> Finding | None:
    """it returns the run id of the best run of that name

    the filter, the order, and which column of which row you return

    The check calls your function with two names, and several times with each. Which runs does your
    search look at, and which of them comes first?

    A filter on `attributes.run_name`, and `order_by=["metrics.metric1"]`. Filters put texts in
    single quotes.

    `found["run_id"].iloc[0]` is the run id in the first row.
    """
    value, best = one.seen.outcome.value, one.best
    if value == best.info.run_id:
        return None
    expected = (
        f"the run id of {code(best.info.run_name)} with `metric1` = "
        f"{code(best.data.metrics['metric1'])}, the lowest of {len(one.named)} of that name"
    )
    return _what_came_back(one, expected)


def _what_came_back(one: Logged, expected: str) -> Finding:
    value = one.seen.outcome.value
    returned = next((run for run in one.so_far if run.info.run_id == value), None)
    if returned is None:
        return Finding(
            expected,
            f"{came_back(one.seen.outcome)}, which is no run id",
            look="the line with `return`",
            hints=(
                "A function gives back what stands after `return`. What stands there in yours?",
                'The table that `mlflow.search_runs` returns has a column `"run_id"`.',
                '`return found["run_id"].iloc[0]`: of the column, the value in the first row.',
            ),
        )
    metric1 = returned.data.metrics.get("metric1")
    text = f"that of {code(returned.info.run_name)} with `metric1` = {code(metric1)}"
    if returned.info.run_name != one.seen.call.args[0]:
        return Finding(expected, f"{text}, a run of another name", returned, FILTER, BY_NAME)
    if returned.info.run_id == one.seen.runs[0].info.run_id:
        text += ", the run that this call logged"
    return Finding(expected, text, returned, ORDER, BY_METRIC)


REQUIREMENTS: tuple[Requirement[Any], ...] = (
    accepts_arguments,
    replace(runs_to_its_end, unmet=_ended),
    makes_a_run_here,
    logs_one_run,
    logs_both_values,
    ends_the_run,
    returns_the_best,
)


def examine(callee: Callee, place: Place) -> Report:
    """Call the function for two names in turn, and return the report.

    Args:
        callee: the student's function.
        place: where it is to log, and what it logged is read from.
    """
    described = callee.describe()

    def next_call(observed: Sequence[Observed]) -> Call | None:
        met = all(
            result.met is not False for result in judged(REQUIREMENTS, logged(observed, described))
        )
        more = len(observed) < len(CALLS) and met and takes(described, len(CALLS[0]))
        return Call(CALLS[len(observed)], seed=len(observed)) if more else None

    seen = logged(observe(callee, place, next_call), described)
    if not seen:  # it does not take the arguments: nothing was called
        seen = [Logged(Observed(Call(CALLS[0]), Outcome()), NAME, described)]
    begin = "" if begun.unmet(seen) is None else f"{begun.title} {begun.look}"
    return Report(judged(REQUIREMENTS, seen), begin)


@requirement()
def begun(seen: Sequence[Logged]) -> Finding | None:
    """Nothing of the task is there yet.

    Write the body of `log_and_find`, run its cell, then run this one again. If you do not know
    where to begin, `hint()` does.

    The first part is what `log_run` does at the top of this page, with two values instead of four.

    `with mlflow.start_run(run_name=run_name):` opens the run; inside, `mlflow.log_param` and
    `mlflow.log_metric` log one value each.

    The second part is `mlflow.search_runs(filter_string=…, order_by=…)`, a table. Its column
    `"run_id"` has what you return.
    """
    if untouched(seen[0].described, list(seen)):
        return Finding("a function that does the task", "the starter")
    return None


EXERCISE = Exercise(NAME, "01_flat_runs.ipynb", REQUIREMENTS, begun.hints, examine)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
