"""What a function that logs a parent run with its children has to do, whatever else it does.

Each requirement looks at one call of it, as the server has it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlflow.entities import Run

from helpers.exercises.causes import CAUSES, Cause
from helpers.exercises.observing import Observed
from helpers.exercises.requirement import Finding, code, names, requirement
from helpers.tree import PARENT_TAG


@dataclass(frozen=True)
class Family:
    """One call: what it was asked for, and the parent run and the children that it left."""

    asked: Mapping[str, Any]  # the five values, also those that were left to the defaults
    seen: Observed
    refused: str = ""  # why the function does not take all five parameters

    def __str__(self) -> str:
        call = self.seen.call
        named = [f"{name}={value!r}" for name, value in call.kwargs.items()]
        return f"execute_tuning({', '.join([*map(repr, call.args), *named])})"

    @property
    def ident(self) -> str:
        """The test identifier that the runs should carry."""
        return self.asked["test_identifier"] or "default"

    @property
    def parents(self) -> list[Run]:
        """The runs of this call that have no parent."""
        return [run for run in self.seen.runs if PARENT_TAG not in run.data.tags]

    @property
    def children(self) -> list[Run]:
        """The direct children of the parent run, whichever call made them."""
        own = self.parents[0].info.run_id
        return [run for run in self.seen.all_runs if run.data.tags.get(PARENT_TAG) == own]

    @property
    def others(self) -> list[Run]:
        """The child runs of other calls."""
        own = {run.info.run_id for run in self.seen.runs}
        return [r for r in self.seen.all_runs if r.info.run_id not in own]


@requirement()
def runs_to_its_end(family: Family) -> Finding | None:
    """it runs to its end without an error

    that line; called in a cell of its own, with the same arguments, it shows the traceback

    Read the sentence and the line of yours that the check shows. Then call `execute_tuning` in a
    cell of its own, with the same arguments.

    Would it do for a single child run? For choices that are not a to f? For two calls one after
    the other? In another experiment than this notebook's? The check tries them all.

    Two frequent ones: a run that starts inside another needs `nested=True`. And a parameter
    cannot be logged twice with two values, unlike a metric: log `best_param1` and `best_param2`
    once, after the last child run.
    """
    outcome = family.seen.outcome
    if not outcome.error or family.seen.strayed:  # which the error would only follow from
        return None
    where = f", raised in {code(outcome.where)}" if outcome.where else ""
    return Finding("the call returns", code(outcome.error) + where)


@requirement("runs_to_its_end")
def logs_where_it_is_told(family: Family) -> Finding | None:
    """it logs to the experiment that is active when it is called

    `set_experiment`, `set_tracking_uri` and `experiment_id=…` inside your functions, and whether
    the lines that log are reached

    Who says where runs go: the function, or whoever calls it?

    `connect(…)` at the top of the notebook has said it. Inside `execute_tuning` and `log_run`,
    nothing about a server or an experiment is needed.

    Take `mlflow.set_experiment`, `mlflow.set_tracking_uri` and `experiment_id=…` out of both
    functions. If no run arrives at all: is there a `yield`, or a `starmap` that nothing goes
    through?
    """
    strayed = family.seen.strayed
    expected = "runs in the experiment that was active before the call"
    return Finding(expected, strayed) if strayed else None


@requirement("logs_where_it_is_told")
def one_parent(family: Family) -> Finding | None:
    """each call makes one parent run

    each `mlflow.start_run`, and which of them say `nested=True`

    Which runs should stand at the top of the experiment? One for each call.

    A run becomes a child if it starts while its parent is active, with `nested=True`.

    One `with mlflow.start_run(run_name=…):` around everything else in `execute_tuning`, and
    `nested=True` in `log_run` only. In a thread of its own, a child run needs `parent_run_id=…`
    as well.
    """
    found, runs = family.parents, family.seen.runs
    if len(found) == 1:
        return None
    text = f"{len(found)} such runs: {names(found)}"
    if not found:
        text = f"none; {len(runs)} runs name a parent that this call did not make"
    if not runs:
        text = "none any more; a later call has deleted it"
    late = [run for run in found if run.info.run_id in family.seen.outcome.left_open]
    cause = CAUSES["after the block"] if any(map(_has_best, late)) else Cause()
    run = next(iter([*found, *runs]), None)
    return Finding("one run that has no parent", text, run, *cause)


def _has_best(run: Run) -> bool:
    return any(name.startswith("best") for name in [*run.data.metrics, *run.data.params])
