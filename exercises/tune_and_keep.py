"""The exercise of lesson 06: tune a model, and keep the best child's, registered and named."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from mlflow.entities import Run

from exercises.digits import trained
from exercises.engine import Call, Described, Exercise, Finding, Logged, Record, Step, World
from exercises.engine.recording import Backend, Callee
from exercises.engine.shared import came_back, first_change
from exercises.engine.text import code, names, value_of

exercise = Exercise.load(__file__)
NAME, OTHER = " digits", " digits of last month"  # how the names of both registered models end
# Numbers of neighbours, and how their votes count. In the first list, the third is the best by less
# than a thousandth. In the second one, which is worse, the first and the last are equally good.
CLEAR = [(9, "uniform"), (7, "uniform"), (3, "uniform"), (1, "distance")]
TIED = [(7, "uniform"), (20, "distance"), (1, "uniform")]


def tuning(label: str, **more: Any) -> list[Logged]:
    """Return somebody else's tuning, better than any that the function can log."""
    params, metrics = {"n_neighbors": "3", "weights": "uniform"}, {"accuracy": 1.0}
    child = Logged(f"{label}/0", "trial_0", params, metrics, parent=label, **more)
    return [Logged(label, "parent_run_neighbours", beside=child.beside), child]


def world() -> list[Logged]:
    """Return a tuning whose best model is registered, and one in the other experiment."""
    return [*tuning("last month", champion_of=OTHER), *tuning("beside it", beside=True)]


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield the calls, all with one name for the model; the last one is the first one again."""
    for number, pairs in enumerate([CLEAR, TIED, CLEAR]):
        draws = [{"n_neighbors": n, "weights": weights} for n, weights in pairs]
        first = tuning(f"before call {number}") if number else []
        yield Step(Call((draws, world.name + NAME)), first)


def read_more(backend: Backend, callee: Callee) -> dict[str, Any]:
    """Read what is registered under both names, and let the champion answer."""
    name = backend.world.name
    ours, other = backend.registered(name + NAME), backend.registered(name + OTHER)
    kept = {f"the model {code(model.model_id)}": model.name for model in ours["models"]}
    for version in [*ours["versions"], *other["versions"]]:
        kept[f"version {version.version} of {code(version.name)}"] = version.source
    kept[f"the last version of {code(name + OTHER)}"] = len(other["versions"])
    kept[f"the champion of {code(name + OTHER)}"] = getattr(other["champion"], "version", None)
    loaded = callee.look("exercises.digits:champion", name + NAME) if ours["champion"] else {}
    return {**ours, "kept": kept, "loaded": loaded}


def new(record: Record, what: str) -> list[Any]:
    """Return the models, or the versions, that are there since the call."""
    key = {"models": "model_id", "versions": "version"}[what]
    old = [getattr(one, key) for one in record.more_before[what]]
    return [one for one in record.more[what] if getattr(one, key) not in old]


def draw(run: Run) -> tuple[str, str]:
    """Return the parameters that a child has logged; MLflow keeps them as text."""
    return run.data.params.get("n_neighbors", ""), run.data.params.get("weights", "")


def children(record: Record) -> list[Run]:
    """Return the children that the call has made."""
    return record.under(record.parents[0].info.run_id)


def best(record: Record) -> list[Run]:
    """Return the children with the highest accuracy: several if they tie."""
    highest = max(run.data.metrics["accuracy"] for run in children(record))
    return [r for r in children(record) if math.isclose(r.data.metrics["accuracy"], highest)]


@exercise.requirement
def changes_nothing_else(record: Record) -> Finding | None:
    """Tell whether all that was there is as it was: runs, models, versions, the other champion."""
    now = record.more["kept"]
    for what, value in record.more_before["kept"].items():
        if now.get(what) != value:
            is_now = code(now[what]) if what in now else "gone"
            return Finding("everything else as it was", f"{what} was {code(value)}, now {is_now}")
    return first_change(record.changes)


@exercise.requirement
def makes_a_child_for_each_draw(record: Record) -> Finding | None:
    """Tell whether the call made one parent with a child for each draw, and no other run."""
    parents, wanted = record.parents, len(record.call.args[0])
    expected = f"one parent run with {wanted} child runs, and no other run"
    if len(parents) != 1:
        found = f"{len(parents)} new runs without a parent among {names(record.new)}"
        return Finding(expected, found, record.new[0])
    under = children(record)
    if len(under) != wanted or len(record.new) != wanted + 1:
        others = [run for run in record.new if run not in [*parents, *under]]
        found = f"{len(under)} under {code(parents[0].info.run_name)}"
        found += f", and besides {names(others)}" if others else ""
        return Finding(expected, found, parents[0])
    return None


@exercise.requirement
def logs_what_was_drawn(record: Record) -> Finding | None:
    """Tell whether the children have the parameters of the draws, and their accuracy."""
    asked = [(str(one["n_neighbors"]), one["weights"]) for one in record.call.args[0]]
    logged = [draw(run) for run in children(record)]
    if sorted(asked) != sorted(logged):
        missing = next(one for one in asked if asked.count(one) > logged.count(one))
        expected = f"a child with `n_neighbors` and `weights` = {code(missing)}"
        return Finding(expected, f"children with {code(logged)}", record.parents[0])
    for run in children(record):
        accuracy = trained(*draw(run))["accuracy"]
        if not math.isclose(run.data.metrics.get("accuracy", math.nan), accuracy):
            expected = f"the metric `accuracy` = {code(accuracy)} for {code(draw(run))}"
            found = f"{value_of(run, 'metrics', 'accuracy')} on {code(run.info.run_name)}"
            return Finding(expected, found, run)
    return None


@exercise.requirement
def keeps_one_model(record: Record) -> Finding | None:
    """Tell whether one model was logged, to the best child."""
    owners = [record.after.get(model.source_run_id) for model in new(record, "models")]
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
    [version], champion = new(record, "versions"), record.more["champion"]
    if champion and champion.version == version.version:
        return None
    found = f"on version {champion.version}" if champion else "no such alias"
    return Finding(f"the alias `champion` on version {version.version}", found)


@exercise.requirement
def keeps_what_was_trained(record: Record) -> Finding | None:
    """Tell whether the champion, once loaded, is the model that was trained for its child."""
    run = record.after[record.more["champion"].run_id]
    right, loaded = trained(*draw(run)), record.more["loaded"]
    expected = f"{code(right['model'])}, trained as `fit_and_score` does it"
    if "error" in loaded:
        return Finding(expected, code(loaded["error"]), run)
    if loaded["model"] != right["model"]:
        others = [trained(*draw(child))["model"] for child in children(record)]
        cause = "another_childs" if loaded["model"] in others else ""
        return Finding(expected, code(loaded["model"]), run, cause)
    if loaded["answers"] != right["answers"]:
        pairs = list(zip(loaded["answers"], right["answers"], strict=False))
        differ = sum(one != other for one, other in pairs)
        found = f"{code(loaded['model'])} that reads {differ} of {len(pairs)} rows otherwise"
        return Finding(expected, found, run)
    return None


@exercise.requirement
def returns_the_parent(record: Record) -> Finding | None:
    """Tell whether the call returned the parent's run id."""
    [parent] = record.parents
    if record.value == parent.info.run_id:
        return None
    return Finding(f"the run id of {code(parent.info.run_name)}", came_back(record.outcome), parent)


def not_begun(records: Sequence[Record]) -> bool:
    """Tell whether it did what the starter does: it logs an empty run, and returns."""
    return all(
        not record.outcome.error
        and not record.changes
        and record.more["kept"] == record.more_before["kept"]
        and len(record.new) == 1
        and not any(run.data.params or run.data.metrics for run in record.new)
        for record in records
    )


exercise.world, exercise.calls, exercise.read_more = world, calls, read_more
exercise.not_begun = not_begun
check, hint, solution = exercise.check, exercise.hint, exercise.solution
