"""The exercise of lesson 06: tune a model, and keep the best child's, registered and named."""

from __future__ import annotations

import contextlib
import math
import uuid
from collections.abc import Sequence
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from helpers.exercises import any_call
from helpers.exercises.calling import Call, Callee
from helpers.exercises.exercise import Exercise
from helpers.exercises.kept import DRAWS, Kept, registry
from helpers.exercises.observing import Observed, Place, observe
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
from helpers.tracking import prefixed
from helpers.tree import PARENT_TAG


@requirement("stays_where_it_is")
def a_child_for_each_draw(kept: Kept) -> Finding | None:
    """one parent run, and under it a finished child run with `accuracy` for each draw

    the two `start_run`, which of them says `nested=True`, and what the child run logs

    The loop over `draws` stands inside the parent's `with` block. What does it need for each draw?

    `with mlflow.start_run(run_name=…, nested=True):`, and in it `mlflow.log_params(params)` and
    `mlflow.log_metric("accuracy", …)`.

    `model, accuracy = fit_and_score(**params)` gives the value that the child run logs.
    """
    if len(kept.parents) != 1:
        found = f"{len(kept.parents)} such runs: {names(kept.parents)}"
        return Finding("one run that has no parent", found, next(iter(kept.parents), None))
    draws, children = kept.seen.call.args[0], kept.children
    if len(children) != len(draws):
        found = f"{len(children)} under {code(kept.parents[0].info.run_name)}"
        return Finding(f"{len(draws)} child runs", found, kept.parents[0])
    for run in children:
        if run.info.status != "FINISHED":
            return Finding("each FINISHED", f"{code(run.info.run_name)} is {run.info.status}", run)
        if not math.isfinite(run.data.metrics.get("accuracy", math.nan)):
            found = f"{value_of(run, 'metrics', 'accuracy')} on {code(run.info.run_name)}"
            return Finding("a metric `accuracy`", found, run)
    logged = [{name: run.data.params.get(name) for name in draws[0]} for run in children]
    for draw in draws:
        if (wanted := {name: str(value) for name, value in draw.items()}) not in logged:
            return Finding(f"a child run with the parameters {code(wanted)}", code(logged))
    return None


@requirement("a_child_for_each_draw")
def the_best_childs_model_alone(kept: Kept) -> Finding | None:
    """the best child carries its model, and no other run carries one

    where `log_model` stands, and which run is active there

    When all child runs have ended, you know which one is best. What was its model? Something has
    to remember it until then.

    `mlflow.start_run(run_id=…)` opens a finished run again. Inside its `with` block, `log_model`
    logs to that run. Inside the loop, it would log every model.

    `best_child(parent.info.run_id, "accuracy", "maximize")` names the run; a dictionary from run
    id to model remembers all models.
    """
    best = {run.info.run_id for run in kept.best}
    owners = [model.source_run_id for model in kept.new_models]
    if len(owners) == 1 and owners[0] in best:
        return None
    runs = {run.info.run_id: code(run.info.run_name) for run in kept.seen.runs}
    where = ", ".join(runs.get(str(owner), "a run that is not this call's") for owner in owners[:3])
    found = f"{len(owners)}: on {where}" if owners else "no model"
    return Finding(f"one model, on {names(kept.best)}", found, kept.best[0])


@requirement("the_best_childs_model_alone")
def a_version_names_it(kept: Kept) -> Finding | None:
    """a version of the registered model comes from that model, and names the child run

    `create_model_version` and its `run_id`, or `register_model` and the address that it is given

    A run is where a model comes from; the registry is where it is looked for. Who registers it?

    `log_model` returns an object with a `model_uri`; `mlflow.register_model(…, model_name)` takes
    that.

    Said in two steps: `client.create_registered_model` if the name is new, and then
    `client.create_model_version(model_name, logged.model_uri, run_id=…, model_id=…)`.
    """
    expected = f"a version of {code(kept.seen.call.args[1])} with the run id of the best child"
    [model] = kept.new_models
    found = [v for v in kept.versions if v.run_id == model.source_run_id]
    if any(model.model_id in str(v.source) or v.model_id == model.model_id for v in found):
        return None
    listed = ", ".join(f"version {v.version} names {code(v.run_id)}" for v in kept.versions[-3:])
    return Finding(expected, listed or "no version", kept.best[0])


@requirement("a_version_names_it")
def the_champion_is_it(kept: Kept) -> Finding | None:
    """the alias `champion` points to that version

    `set_registered_model_alias`, and the version that it is given

    A program asks for an alias, so that it needs no change when there is a new version.

    `client.set_registered_model_alias(model_name, "champion", …)` sets it, and moves it if it
    exists. The version is not always 1: registering returns it.
    """
    if kept.champion and kept.champion.run_id == kept.new_models[0].source_run_id:
        return None
    found = f"it points to version {kept.champion.version}" if kept.champion else "no such alias"
    return Finding(f"the alias on version {kept.versions[-1].version}", found)


REQUIREMENTS: tuple[Requirement[Any], ...] = (
    any_call.accepts_arguments,
    any_call.runs_to_its_end,
    any_call.stays_where_it_is,
    a_child_for_each_draw,
    the_best_childs_model_alone,
    a_version_names_it,
    the_champion_is_it,
)


def examine(callee: Callee, place: Place) -> Report:
    """Call the function twice with one name for the model, and judge what it left.

    Args:
        callee: the student's function.
        place: where it is to log, and what it logged is read from.
    """
    client = MlflowClient(place.uri, place.uri)
    name = prefixed(f"Check {uuid.uuid4().hex[:12]}")
    after: list[dict[str, Any]] = []

    def next_call(observed: Sequence[Observed]) -> Call | None:
        if observed:
            after.append(registry(client, name, place.experiment_id))
        wrong = observed and observed[-1].outcome.error
        return None if wrong or len(observed) == len(DRAWS) else Call((DRAWS[len(observed)], name))

    try:
        observed = observe(callee, place, next_call)
    finally:
        with contextlib.suppress(MlflowException):  # it was never made
            client.delete_registered_model(name)
    described = callee.describe()
    pairs = zip(observed, after, strict=True)
    kept = [Kept(seen, EXERCISE.name, described, **state) for seen, state in pairs]
    begin = f"{begun.title} {begun.look}" if begun.unmet(kept) else ""
    return Report(judged(REQUIREMENTS, kept), begin)


@requirement()
def begun(kept: Sequence[Kept]) -> Finding | None:
    """Nothing of the task is there yet.

    Change the function in the starter cell, run that cell, then run this one again. If you do not
    know where to begin, `hint()` does.

    Begin with the runs: a loop over `draws`, and in it a child run for each draw, as `log_trial`
    has it.

    `model, accuracy = fit_and_score(**params)` gives what a child run logs. Remember each model
    under its run's id: only one of them will be kept.

    After the loop: find the best child, open it again by its run id, log its model there. Then
    register that model, and set the alias, as the page did.
    """
    nothing = Finding("a function that does one of the tasks", "the starter")
    if any_call.untouched(kept[0].described, list(kept)):
        return nothing
    runs = [run for one in kept for run in one.seen.runs]
    logged = any(PARENT_TAG in run.data.tags or run.data.params for run in runs)
    done = logged or any(one.seen.outcome.error or one.models or one.versions for one in kept)
    return None if done else nothing


EXERCISE = Exercise(
    "tune_and_keep", "06_tune_a_real_model.ipynb", REQUIREMENTS, begun.hints, examine
)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
