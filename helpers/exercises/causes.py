"""Frequent causes of a missing or wrong best value: where to look, and hints on that one mistake.

on the children
It is there, but on a child run: look at which run is active in the line that logs it.
`mlflow.log_metric` logs to the run that is active. Inside `log_run`, that is the child.
A child cannot know whether it is the best, as others come later. Log after the last one.
Inside the parent's `with` block, and outside `log_run`, the parent run is the active one.

missing
No line logs it, or that line was not reached in this call: is there an `if` above it?
`log_run` knows what it logs. Let it `return` those values to `execute_tuning`.
Keep what each call of `log_run` returns in a list: `results.append(log_run(…))`.
`min(results)` is the best if `metric1` comes first. Log it inside the parent's `with` block.

a name nearly right
The parent run has one of nearly that name: compare the spelling.
Capital letters, `_` and digits count.
Copy the name from the task: `best_metric1`, `best_param1`, `best_param2`.

of another kind
The name is right, but not the kind: look at which MLflow function logs it.
A run has metrics (numbers), parameters and tags. Which of these does the task ask for?
`mlflow.log_metric` for `best_metric1`, `mlflow.log_param` for `best_param1` and `best_param2`.

of the last child run
What stands there is that of the last child run: look at what is kept after the loop.
After a loop, its variables still hold what the last turn gave them.
A metric that is logged again shows the last value. Log it once, when all child runs are done.
Keep all results in a list, and take the `min` of it after the loop.

of the first child run
What stands there is that of the first child run: look at what is compared, and whether all are.
What would your function log if the second child run were better?
Keep all results in a list, and take the `min` of it after the loop.

the highest
This is the highest value, but lower is better.
Is it `min` or `max`, `<` or `>`? And does a search sort `ASC` or `DESC`?
`min` of tuples that begin with `metric1` is the tuple of the best child.

rounded
This is nearly the lowest value: look for what changes its digits.
The value of the parent and that of its best child should be the same number, to the last digit.
`round`, a format such as `f"{value:.2f}"`, or 32 bits instead of 64 change it.

of another call
This value is of another call: look at what remembers the best, or at what a search finds.
What has the best of an earlier call to do with this one?
A variable that remembers the best has to start afresh in each call, inside `execute_tuning`.
A search has to be limited to the children of this parent: by its run id, not by a name or a tag.

after the block
The best values are on a run of their own: look at where the parent's `with` block ends.
When no run is active, `mlflow.log_metric` starts a new run for it. So the parent had ended.
Indent these lines as far as the others inside `with mlflow.start_run(…) as parent:`.

the two exchanged
The right values, each under the other's name.
`best_param1` takes `param1`, and `best_param2` takes `param2`.
In which order does `log_run` return them, and in which order are they unpacked?
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import get_close_matches

from mlflow.entities import Run

from helpers.exercises.requirement import Cause, causes_in

_KINDS = ("metrics", "params", "tags")


CAUSES = causes_in(__doc__)


def of_metric(parent: Run, children: Sequence[Run], others: Sequence[Run]) -> Cause | None:
    """Say why `best_metric1` on a parent run is missing or wrong.

    Args:
        parent: the parent run.
        children: its child runs, oldest first, at least one with a metric1.
        others: the child runs of other calls.
    """
    found = parent.data.metrics.get("best_metric1")
    if found is None:
        return _where("best_metric1", parent, children)
    return _which(found, children, others)


def of_params(parent: Run, children: Sequence[Run], best: Sequence[Run]) -> Cause | None:
    """Say why `best_param1` or `best_param2` on a parent run is missing or wrong.

    Args:
        parent: the parent run.
        children: its child runs, oldest first.
        best: the best of them.
    """
    names = ("best_param1", "best_param2")
    for name in names:
        if name not in parent.data.params:
            return _where(name, parent, children)
    return _whose(tuple(parent.data.params[name] for name in names), children, best)


def _where(name: str, parent: Run, children: Sequence[Run]) -> Cause | None:
    """Say why a parent run lacks a value."""
    kinds = [getattr(parent.data, other) for other in _KINDS]
    if any(name in values for values in kinds):
        return CAUSES["of another kind"]
    if any(name in getattr(child.data, other) for child in children for other in _KINDS):
        return CAUSES["on the children"]
    near = get_close_matches(name, [own for values in kinds for own in values], cutoff=0.7)
    others = {"best_param1", "best_param2", "best_metric1"} - {name}
    return CAUSES["a name nearly right" if set(near) - others else "missing"]


def _which(found: float, children: Sequence[Run], others: Sequence[Run]) -> Cause | None:
    """Say which value a parent run has instead of the lowest metric1."""
    values = [child.data.metrics.get("metric1", math.nan) for child in children]
    numbers = [value for value in values if not math.isnan(value)]
    elsewhere = [other.data.metrics.get("metric1", math.nan) for other in others]
    for name, value in {
        "the highest": max(numbers),
        "of the last child run": values[-1],
        "of the first child run": values[0],
    }.items():
        if found == value:
            return CAUSES[name]
    if found in elsewhere:
        return CAUSES["of another call"]
    near = math.isclose(found, min(numbers), rel_tol=0.015, abs_tol=5e-5)
    return CAUSES["rounded"] if near and found not in numbers else None


def _whose(found: tuple[str, ...], children: Sequence[Run], best: Sequence[Run]) -> Cause | None:
    """Say which child's parameters a parent run has instead of the best child's."""
    pairs = [(child.data.params["param1"], child.data.params["param2"]) for child in children]
    right = [(child.data.params["param1"], child.data.params["param2"]) for child in best]
    if found[::-1] in right:
        return CAUSES["the two exchanged"]
    if found == pairs[-1]:
        return CAUSES["of the last child run"]
    return CAUSES["of the first child run"] if found == pairs[0] else None
