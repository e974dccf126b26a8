"""What the check calls in the place of a student's function: most of it logs runs to be found."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException

from helpers.exercises.calling import Call
from helpers.tree import PARENT_TAG


class Child(NamedTuple):
    """A child run to be logged."""

    name: str
    params: Mapping[str, Any]
    metrics: Mapping[str, float | str]  # "NaN" and "inf" as text, which every kernel reads
    tags: Mapping[str, str]
    started: int  # in milliseconds since 1970; MLflow takes 0 for now
    status: str = "FINISHED"


def family(
    experiment_id: str, name: str, children: Sequence[Child], tags: Mapping[str, str] | None = None
) -> Call:
    """Return a call that logs a parent run with children; it returns the parent's run id.

    Args:
        experiment_id: where to.
        name: the parent run's.
        children: the child runs.
        tags: the parent run's.
    """
    plain = [tuple(child) for child in children]
    return Call((experiment_id, name, plain, tags or {}), instead=f"{__name__}:log_family")


def log_family(
    experiment_id: str, name: str, children: Sequence[tuple[Any, ...]], tags: Mapping[str, str]
) -> str:
    """Log a parent run with children; return its run id. The arguments are those of `family`."""
    client = MlflowClient()
    parent = client.create_run(experiment_id, tags=dict(tags), run_name=name).info.run_id
    for child in map(Child._make, children):
        own = {**child.tags, PARENT_TAG: parent}
        run_id = client.create_run(experiment_id, child.started, own, child.name).info.run_id
        client.log_batch(
            run_id,
            [Metric(key, float(value), 0, 0) for key, value in child.metrics.items()],
            [Param(key, str(value)) for key, value in child.params.items()],
        )
        if child.status != "RUNNING":
            client.set_terminated(run_id, child.status)
    client.set_terminated(parent)
    return str(parent)


def flat_runs(number: int) -> Call:
    """Return a call that logs runs without a parent; it returns their run ids.

    Args:
        number: how many.
    """
    return Call((number,), instead=f"{__name__}:log_flat")


def log_flat(number: int) -> list[str]:
    """Log runs without a parent to the active experiment; return their run ids."""
    run_ids = []
    for i in range(number):
        with mlflow.start_run(run_name=f"run_{i}_test_0") as run:
            mlflow.log_metric("metric1", i / 10)
        run_ids.append(run.info.run_id)
    return run_ids


def last_run(since: int) -> str:
    """Return the id of the last run, if it was started since then."""
    with contextlib.suppress(MlflowException):  # it may be of another server
        last = mlflow.last_active_run()
        if last and last.info.start_time >= since:
            return str(last.info.run_id)
    return ""
