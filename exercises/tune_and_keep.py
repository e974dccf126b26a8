"""The exercise of lesson 06: tune a model, and keep the best child's, registered and named."""

import math
from dataclasses import replace
from typing import Any

from mlflow.entities import Run

from exercises.digits import trained
from exercises.engine import (
    Exercise,
    Finding,
    Record,
    code,
    each_is_logged,
    has_children,
    names,
    one_parent,
    value_of,
)
from exercises.engine.backend import Backend, Snapshot

exercise = Exercise.load(__file__)


def read(backend: Backend) -> Snapshot:
    """Read models, versions and aliases as well; those that are there must stay."""
    own, begins = f"{backend.name} digits", f"name LIKE '{backend.name}%'"
    read = backend.snapshot()
    with backend.client() as client:
        models = client.search_logged_models([backend.experiments[0]], max_results=50_000)
        versions = client.search_model_versions(begins)
        registered = client.search_registered_models(begins)
    there: dict[str, object] = {f"the model {code(model.model_id)}": model.name for model in models}
    there |= {f"version {one.version} of {code(one.name)}": one.source for one in versions}
    champions = {one.name: one.aliases.get("champion") for one in registered}
    champion = champions.pop(own, None)
    there |= {f"the champion of {code(name)}": version for name, version in champions.items()}
    there["the number of other models' versions"] = sum(one.name != own for one in versions)
    more = {
        "models": {model.model_id: model for model in models},
        "versions": {one.version: one for one in versions if one.name == own},
        "champion": champion,
    }
    return replace(read, others={**read.others, **there}, more=more)


def new(record: Record, what: str) -> list[Any]:
    """Return the models, or the versions, that are there since the call."""
    before, after = record.before.more[what], record.after.more[what]
    return [one for key, one in after.items() if key not in before]


def draw(run: Run) -> tuple[str, str]:
    """Return the parameters that a child has logged; MLflow keeps them as text."""
    return run.data.params.get("n_neighbors", ""), run.data.params.get("weights", "")


def accuracy(run: Run) -> float:
    """Return the accuracy that a child has logged; NaN if it has none."""
    return float(run.data.metrics.get("accuracy", math.nan))


def best(record: Record) -> list[Run]:
    """Return the children with the highest accuracy: several if they tie."""
    highest = max(map(accuracy, record.children))
    return [run for run in record.children if math.isclose(accuracy(run), highest)]


@exercise.requirement
def makes_a_child_for_each_draw(record: Record) -> Finding | None:
    """Tell whether the call made one parent with a child for each draw, and no other run."""
    return one_parent(record) or has_children(record, len(record.call.args[0]))


@exercise.requirement
def logs_what_was_drawn(record: Record) -> Finding | None:
    """Tell whether the children have the parameters of the draws, and their accuracy."""
    if finding := each_is_logged(record, record.call.args[0]):
        return finding
    for run in record.children:
        right = trained(*draw(run))["accuracy"]
        if not math.isclose(accuracy(run), right):
            expected = f"the metric `accuracy` = {code(right)} for {code(draw(run))}"
            return Finding(expected, value_of(run, "metrics", "accuracy"), run)
    return None


@exercise.requirement
def keeps_one_model(record: Record) -> Finding | None:
    """Tell whether one model was logged, to the best child."""
    right = best(record)
    owners = [record.after.runs.get(model.source_run_id) for model in new(record, "models")]
    if len(owners) == 1 and owners[0] in right:
        return None
    on = names(filter(None, owners))
    found = f"{len(owners)} new" + (f", on {on}" if on else "")
    return Finding(f"one model, on {names(right)}", found, right[0])


@exercise.requirement
def registers_it(record: Record) -> Finding | None:
    """Tell whether the call registered one version, of that model and with its run's id."""
    [model], versions = new(record, "models"), new(record, "versions")
    right = [v for v in versions if model.model_id in v.source and v.run_id == model.source_run_id]
    if len(versions) == len(right) == 1:
        return None
    found = [f"the source {code(v.source)} and the run id {code(v.run_id)}" for v in versions]
    wanted = f"the source {code(model.model_uri)} and the run id {code(model.source_run_id)}"
    said = f"{len(found)} with {'; '.join(found[:3])}" if found else "no new version"
    return Finding(f"one new version with {wanted}", said, record.after[model.source_run_id])


@exercise.requirement
def names_the_champion(record: Record) -> Finding | None:
    """Tell whether the alias points to the new version."""
    [version], found = new(record, "versions"), record.after.more["champion"]
    if found == version.version:
        return None
    said = f"on version {found}" if found else "no such alias"
    return Finding(f"the alias `champion` on version {version.version}", said)


@exercise.requirement
def keeps_what_was_trained(record: Record) -> Finding | None:
    """Tell whether the champion, once loaded, is the model that was trained for its child."""
    [version], seen = new(record, "versions"), record.outcome.seen
    run, loaded = record.after[version.run_id], seen.get("value")
    right = trained(*draw(run))
    expected = f"{code(right['model'])}, trained as `fit_and_score` does it"
    if not loaded:
        said = seen.get("error", "its answers are no plain data")
        return Finding(expected, code(f"it cannot be asked: {said}"), run)
    found = code(loaded["model"])
    if loaded["model"] != right["model"]:
        others = [trained(*draw(child))["model"] for child in record.children]
        return Finding(expected, found, run, "another_childs" * (loaded["model"] in others))
    if loaded["answers"] == right["answers"]:
        return None
    pairs = list(zip(loaded["answers"], right["answers"], strict=False))
    differ = sum(one != other for one, other in pairs)
    return Finding(expected, f"{found} that reads {differ} of {len(pairs)} rows otherwise", run)


exercise.read = read
check, hint, solution = exercise.check, exercise.hint, exercise.solution
