"""The exercise of lesson 06: tune a model, and keep the best child's, registered and named."""

from __future__ import annotations

import math
from typing import Any

from mlflow.entities import Run

from exercises.digits import trained
from exercises.engine import (
    Exercise,
    Finding,
    Record,
    code,
    has_children,
    names,
    one_parent,
    value_of,
)
from exercises.engine.backend import Backend
from exercises.engine.calling import Callee

exercise = Exercise.load(__file__)
NAME, OTHER = " digits", " digits of last month"  # how the names of both registered models end


def read_more(backend: Backend, callee: Callee) -> dict[str, Any]:
    """Read what is registered under both names, and let the champion answer."""
    name = backend.world.name
    ours, other = backend.registered(name + NAME), backend.registered(name + OTHER)
    loaded = callee.look("exercises.digits:champion", name + NAME) if ours["champion"] else {}
    return {**ours, "other": other, "loaded": loaded}


def kept(more: dict[str, Any]) -> dict[str, object]:
    """Return the models and versions that are there, and the other registered model."""
    other = more["other"]
    there = {f"the model {code(key)}": model.name for key, model in more["models"].items()}
    for version in (*more["versions"].values(), *other["versions"].values()):
        there[f"version {version.version} of {code(version.name)}"] = version.source
    there["the number of versions of the other registered model"] = len(other["versions"])
    there["the other champion's version"] = getattr(other["champion"], "version", None)
    return there


def new(record: Record, what: str) -> list[Any]:
    """Return the models, or the versions, that are there since the call."""
    before, after = record.before.more[what], record.after.more[what]
    return [one for key, one in after.items() if key not in before]


def draw(run: Run) -> tuple[str, str]:
    """Return the parameters that a child has logged; MLflow keeps them as text."""
    return run.data.params.get("n_neighbors", ""), run.data.params.get("weights", "")


def best(record: Record) -> list[Run]:
    """Return the children with the highest accuracy: several if they tie."""
    highest = max(run.data.metrics["accuracy"] for run in record.children)
    return [r for r in record.children if math.isclose(r.data.metrics["accuracy"], highest)]


@exercise.requirement
def makes_a_child_for_each_draw(record: Record) -> Finding | None:
    """Tell whether the call made one parent with a child for each draw, and no other run."""
    return one_parent(record) or has_children(record, len(record.call.args[0]))


@exercise.requirement
def logs_what_was_drawn(record: Record) -> Finding | None:
    """Tell whether the children have the parameters of the draws, and their accuracy."""
    asked = [(str(one["n_neighbors"]), one["weights"]) for one in record.call.args[0]]
    logged = [draw(run) for run in record.children]
    if sorted(asked) != sorted(logged):
        missing = next(one for one in asked if asked.count(one) > logged.count(one))
        expected = f"a child with `n_neighbors` and `weights` = {code(missing)}"
        return Finding(expected, f"children with {code(logged)}", record.parents[0])
    for run in record.children:
        accuracy = trained(*draw(run))["accuracy"]
        if not math.isclose(run.data.metrics.get("accuracy", math.nan), accuracy):
            expected = f"the metric `accuracy` = {code(accuracy)} for {code(draw(run))}"
            return Finding(expected, value_of(run, "metrics", "accuracy"), run)
    return None


@exercise.requirement
def keeps_one_model(record: Record) -> Finding | None:
    """Tell whether one model was logged, to the best child."""
    owners = [record.after.runs.get(model.source_run_id) for model in new(record, "models")]
    if len(owners) == 1 and owners[0] in best(record):
        return None
    known = [run for run in owners if run]
    found = f"{len(owners)} new" + (f", on {names(known)}" if known else "")
    return Finding(f"one model, on {names(best(record))}", found, best(record)[0])


@exercise.requirement
def registers_it(record: Record) -> Finding | None:
    """Tell whether the call registered one version, of that model and with its run's id."""
    [model], versions = new(record, "models"), new(record, "versions")
    right = [v for v in versions if model.model_id in v.source and v.run_id == model.source_run_id]
    if len(versions) == len(right) == 1:
        return None
    found = [f"the source {code(v.source)} and the run id {code(v.run_id)}" for v in versions]
    wanted = f"the source {code(model.model_uri)} and the run id {code(model.source_run_id)}"
    run = record.after[model.source_run_id]
    said = f"{len(found)} with {'; '.join(found[:3])}" if found else "no new version"
    return Finding(f"one new version with {wanted}", said, run)


@exercise.requirement
def names_the_champion(record: Record) -> Finding | None:
    """Tell whether the alias points to the new version."""
    [version], champion = new(record, "versions"), record.after.more["champion"]
    if champion and champion.version == version.version:
        return None
    found = f"on version {champion.version}" if champion else "no such alias"
    return Finding(f"the alias `champion` on version {version.version}", found)


@exercise.requirement
def keeps_what_was_trained(record: Record) -> Finding | None:
    """Tell whether the champion, once loaded, is the model that was trained for its child."""
    run = record.after[record.after.more["champion"].run_id]
    right, loaded = trained(*draw(run)), record.after.more["loaded"]
    expected = f"{code(right['model'])}, trained as `fit_and_score` does it"
    if "error" in loaded:
        return Finding(expected, code(loaded["error"]), run)
    if loaded["model"] != right["model"]:
        others = [trained(*draw(child))["model"] for child in record.children]
        cause = "another_childs" if loaded["model"] in others else ""
        return Finding(expected, code(loaded["model"]), run, cause)
    if loaded["answers"] != right["answers"]:
        pairs = list(zip(loaded["answers"], right["answers"], strict=False))
        differ = sum(one != other for one, other in pairs)
        found = f"{code(loaded['model'])} that reads {differ} of {len(pairs)} rows otherwise"
        return Finding(expected, found, run)
    return None


exercise.read_more, exercise.kept = read_more, kept
check, hint, solution = exercise.check, exercise.hint, exercise.solution
