"""The exercise of lesson 01: log a run, and find the best run of its name.

IndexError
the search: it found no run, so there is no first row
Your run should be among those that the search finds. Is it?
Has your run the name that you search for? Both are the variable `run_name`.
`mlflow.start_run(run_name=run_name)` logs under that name, and the filter is \
`f"attributes.run_name = '{run_name}'"`.

KeyError
the name in square brackets: the table has no such column
Show the table in a cell of its own. Which names stand over its columns?
The run ids are in the column `"run_id"`, the metric in `"metrics.metric1"`.
`return found["run_id"].iloc[0]`.

mlflow.exceptions
the call that this sentence of MLflow's is about: often a filter or an order
MLflow did not understand something. Its sentence says what.
In a filter, the name of a run is `attributes.run_name`, and a text has single quotes around it.
`filter_string=f"attributes.run_name = '{run_name}'"` and `order_by=["metrics.metric1"]`.

another name
the filter: it has to keep the runs of this name alone
The experiment holds runs of other names as well. What keeps them out of your table?
`filter_string=…` takes a condition on `attributes.run_name`. `tags.mlflow.runName` is the same \
name.
`filter_string=f"attributes.run_name = '{run_name}'"`: an f-string puts the name in, between \
single quotes.

another of that name
the order: which run stands in the first row of your table
An older run of the same name may be better than yours. Which one is in your first row?
Without an order, `mlflow.search_runs` puts the newest run first.
`order_by=["metrics.metric1"]` puts the lowest value first, `["metrics.metric1 DESC"]` the highest.

no run id
the line with `return`
A function gives back what stands after `return`. What stands there in yours?
The table that `mlflow.search_runs` returns has a column `"run_id"`.
`return found["run_id"].iloc[0]`: of the column, the value in the first row.

another value
the value: something has happened to it on its way
Compare the two values. What is missing, or what is too much?
The value is the variable as it was given: not rounded, and without quotes around its name.
`mlflow.log_param("param1", param1)` and `mlflow.log_metric("metric1", metric1)`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

from helpers.exercises import any_call
from helpers.exercises.any_call import accepts_arguments, came_back, ends_the_run, makes_a_run_here
from helpers.exercises.calling import Call
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Calls, Seen
from helpers.exercises.requirement import (
    Finding,
    causes_in,
    code,
    names,
    requirement,
    value_of,
)

# Name, param1, metric1. The best of a name is neither always the newest nor the oldest nor the best
# of all, and the lowest number is not the first in the order of the alphabet.
CALLS = [
    ("evening", "c", 10.25),
    ("morning", "a", 0.5),
    ("morning", "b", 0.3141592653),
    ("evening", "b", 9.5),
    ("morning", "c", 0.75),
]
CAUSES = causes_in(__doc__)


def _ended(one: Seen) -> Finding | None:
    finding, error = any_call.runs_to_its_end.unmet(one), one.seen.outcome.error
    causes = [cause for kind, cause in CAUSES.items() if error.startswith(kind)]
    return replace(finding, cause=causes[0]) if finding and causes else finding


@requirement("stays_where_it_is")
def logs_one_run(one: Seen) -> Finding | None:
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
    found = f"{len(runs)} runs: {names(runs)}" if len(runs) > 1 else names(runs) or "no run"
    return Finding(f"one new run with the name {code(name)}", found, next(iter(runs), None))


@requirement("logs_one_run")
def logs_both_values(one: Seen) -> Finding | None:
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
            cause = CAUSES["another value"] if name in getattr(run.data, kind) else None
            return Finding(f"the {word} `{name}` with the value {code(value)}", found, run, cause)
    return None


@requirement("logs_both_values")
def returns_the_best(one: Seen) -> Finding | None:
    """it returns the run id of the best run of that name

    the filter, the order, and which column of which row you return

    The check calls your function with two names, and several times with each. Which runs does your
    search look at, and which of them comes first?

    A filter on `attributes.run_name`, and `order_by=["metrics.metric1"]`. Filters put texts in
    single quotes.

    `found["run_id"].iloc[0]` is the run id in the first row.
    """
    outcome, name = one.seen.outcome, one.seen.call.args[0]
    so_far = [run for other in one.observed[: one.number + 1] for run in other.runs]
    named = [run for run in so_far if run.info.run_name == name]
    best = min(named, key=lambda run: run.data.metrics["metric1"])
    if outcome.value == best.info.run_id:
        return None
    lowest = f"{code(best.data.metrics['metric1'])}, the lowest of {len(named)} of that name"
    expected = f"the run id of {code(name)} with `metric1` = {lowest}"
    run = next((run for run in so_far if run.info.run_id == outcome.value), None)
    if run is None:
        found = f"{came_back(outcome)}, which is no run id"
        return Finding(expected, found, None, CAUSES["no run id"])
    metric1 = run.data.metrics.get("metric1")
    found = f"that of {code(run.info.run_name)} with `metric1` = {code(metric1)}"
    if run not in named:
        found += ", a run of another name"
        return Finding(expected, found, run, CAUSES["another name"])
    found += ", the run that this call logged" * (run in one.seen.runs)
    return Finding(expected, found, run, CAUSES["another of that name"])


def nothing_yet(seen: Sequence[Seen]) -> bool:
    """Nothing of the task is there yet.

    Write the body of `log_and_find`, run its cell, then run this one again. If you do not know
    how to begin, run the cell with `hint()`.

    The first part is what `log_run` does at the top of this page, with two values instead of four.

    `with mlflow.start_run(run_name=run_name):` opens the run; inside, `mlflow.log_param` and
    `mlflow.log_metric` log one value each.

    The second part is `mlflow.search_runs(filter_string=…, order_by=…)`, a table. Its column
    `"run_id"` has what you return.
    """
    return any_call.untouched(seen)


def asks(calls: Calls) -> Generator[Call]:
    """Say with what to call the function."""
    for number, args in enumerate(CALLS):
        yield Call(args, seed=number)


REQUIREMENTS = (
    accepts_arguments,
    replace(any_call.runs_to_its_end, unmet=_ended),
    makes_a_run_here,
    logs_one_run,
    logs_both_values,
    ends_the_run,
    returns_the_best,
)
EXERCISE = Exercise("log_and_find", "01_flat_runs.ipynb", REQUIREMENTS, nothing_yet, asks)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
