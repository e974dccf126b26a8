"""The exercise of lesson 06: tune a model, and keep the best child's, registered and named."""

from __future__ import annotations

import math
import uuid
from collections.abc import Generator, Sequence
from typing import Any

from mlflow.entities import LoggedModel, Run

from helpers.exercises import any_call
from helpers.exercises.calling import Call
from helpers.exercises.exercise import Exercise
from helpers.exercises.models import Models
from helpers.exercises.observing import Calls, Seen
from helpers.exercises.requirement import Finding, code, names, requirement, value_of
from helpers.tracking import prefixed
from helpers.tree import PARENT_TAG

# Nearest neighbours of these numbers: the best is the third, then the first.
DRAWS: tuple[list[dict[str, Any]], ...] = (
    [{"n_neighbors": n, "weights": "uniform"} for n in (30, 60, 3, 12)],
    [{"n_neighbors": n, "weights": "distance"} for n in (5, 80, 40)],
)


class Kept(Seen):
    """One call, with the models of the experiment and the model's versions right after it."""

    @property
    def best(self) -> list[Run]:
        """The children with the highest accuracy: several if they tie."""
        values = {run.info.run_id: run.data.metrics["accuracy"] for run in self.children}
        return [run for run in self.children if values[run.info.run_id] == max(values.values())]

    @property
    def models(self) -> Models:
        """The models of the experiment, and the registered model's versions, after this call."""
        models: Models = self.seen.also
        return models

    @property
    def new_models(self) -> list[LoggedModel]:
        """The models that this call has logged, to whichever run."""
        before = [run.info.run_id for one in self.observed[: self.number] for run in one.runs]
        return [one for one in self.models.logged if one.source_run_id not in before]


@requirement("stays_where_it_is")
def a_child_for_each_draw(kept: Kept) -> Finding | None:
    """one parent run, and under it a finished child run with `accuracy` for each draw

    the two `start_run`, which of them says `nested=True`, and what the child run logs

    The loop over `draws` stands inside the parent's `with` block. What does it need for each draw?

    `with mlflow.start_run(run_name=…, nested=True):`, and in it `mlflow.log_params(params)` and
    `mlflow.log_metric("accuracy", …)`.

    `model, accuracy = fit_and_score(**params)` gives the value that the child run logs.
    """
    parents, draws = kept.parents, kept.seen.call.args[0]
    if len(parents) != 1:
        found = f"{len(parents)} such runs: {names(parents)}"
        return Finding("one run that has no parent", found, next(iter(parents), None))
    if len(kept.children) != len(draws):
        found = f"{len(kept.children)} under {code(parents[0].info.run_name)}"
        return Finding(f"{len(draws)} child runs", found, parents[0])
    for run in kept.children:
        if not math.isfinite(run.data.metrics.get("accuracy", math.nan)):
            found = f"{value_of(run, 'metrics', 'accuracy')} on {code(run.info.run_name)}"
            return Finding("a metric `accuracy`", found, run)
    logged = [{name: run.data.params.get(name) for name in draws[0]} for run in kept.children]
    wanted = [{name: str(value) for name, value in draw.items()} for draw in draws]
    if missing := [draw for draw in wanted if draw not in logged]:
        return Finding(f"a child run with the parameters {code(missing[0])}", code(logged))
    return any_call.unfinished(kept)


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
    owners = [model.source_run_id for model in kept.new_models]
    if len(owners) == 1 and owners[0] in [run.info.run_id for run in kept.best]:
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
    [model], versions = kept.new_models, kept.models.versions
    found = [v for v in versions if v.run_id == model.source_run_id]
    if any(model.model_id in str(v.source) or v.model_id == model.model_id for v in found):
        return None
    expected = f"a version of {code(kept.seen.call.args[1])} with the run id of the best child"
    listed = ", ".join(f"version {v.version} names {code(v.run_id)}" for v in versions[-3:])
    return Finding(expected, listed or "no version", kept.best[0])


@requirement("a_version_names_it")
def the_champion_is_it(kept: Kept) -> Finding | None:
    """the alias `champion` points to that version

    `set_registered_model_alias`, and the version that it is given

    A program asks for an alias, so that it needs no change when there is a new version.

    `client.set_registered_model_alias(model_name, "champion", …)` sets it, and moves it if it
    exists. The version is not always 1: registering returns it.
    """
    champion, versions = kept.models.champion, kept.models.versions
    if champion and champion.run_id == kept.new_models[0].source_run_id:
        return None
    found = f"it points to version {champion.version}" if champion else "no such alias"
    return Finding(f"the alias on version {versions[-1].version}", found)


def nothing_yet(kept: Sequence[Kept]) -> bool:
    """Nothing of the task is there yet.

    Change the function in the starter cell, run that cell, then run this one again. If you do not
    know how to begin, run the cell with `hint()`.

    Begin with the runs: a loop over `draws`, and in it a child run for each draw, as `log_trial`
    has it.

    `model, accuracy = fit_and_score(**params)` gives what a child run logs. Remember each model
    under its run's id: only one of them will be kept.

    After the loop: find the best child, open it again by its run id, log its model there. Then
    register that model, and set the alias, as the page did.
    """
    logged = any(PARENT_TAG in r.data.tags or r.data.params for k in kept for r in k.seen.runs)
    models = any(one.new_models or one.models.versions for one in kept)
    done = logged or models or any(one.seen.outcome.error for one in kept)
    return any_call.untouched(kept) or not done


def asks(calls: Calls) -> Generator[Call]:
    """Say with what to call the function: twice with one name for the model."""
    place, name = calls.place, prefixed(f"Check {uuid.uuid4().hex[:12]}")
    calls.also = lambda: place.models(name)
    try:
        for draws in DRAWS:
            yield Call((draws, name))
    finally:
        place.remove_models(name)


REQUIREMENTS = (
    any_call.accepts_arguments,
    any_call.runs_to_its_end,
    any_call.stays_where_it_is,
    a_child_for_each_draw,
    the_best_childs_model_alone,
    a_version_names_it,
    the_champion_is_it,
)
EXERCISE = Exercise(
    "tune_and_keep", "06_tune_a_real_model.ipynb", REQUIREMENTS, nothing_yet, asks, Kept
)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
