"""A scratch experiment for one check; afterwards the notebook is as it was.

Its active run and experiment, tracking URI, environment and random numbers are put back. Only
MLflow's public API is used for that.
"""

from __future__ import annotations

import contextlib
import os
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from helpers import tracking
from helpers.exercises.calling import end_runs
from helpers.exercises.models import Models, read_models
from helpers.exercises.requirement import code
from helpers.lost_server import ServerUnreachable


@dataclass(frozen=True)
class Scratch:
    """A scratch experiment on the tracking server."""

    uri: str
    experiment_id: str
    client: MlflowClient

    def runs(self) -> list[Run]:
        """Return all its runs, deleted ones as well, oldest first."""
        found = self.client.search_runs(
            [self.experiment_id], "", ViewType.ALL, order_by=["start_time"], max_results=5000
        )
        return list(found)

    def name_of(self, experiment_id: str) -> str:
        """Say in Markdown which experiment that is, and whether the call has made it."""
        try:
            found = self.client.get_experiment(experiment_id)
        except MlflowException:
            return f"number {code(experiment_id)}"
        made = found.creation_time or 0
        own = self.client.get_experiment(self.experiment_id).creation_time or 0
        new = made and own and made >= own
        return code(found.name) + (" (made by this call; it stays on the server)" if new else "")

    def experiment_of(self, run_id: str) -> tuple[str, str]:
        """Return a run's name and the id of its experiment; empty if there is no such run."""
        try:
            run = self.client.get_run(run_id) if run_id else None
        except MlflowException:
            run = None
        return (str(run.info.run_name), str(run.info.experiment_id)) if run else ("", "")

    def models(self, name: str) -> Models:
        """Return the experiment's models, and what is registered under a name."""
        return read_models(self.client, self.experiment_id, name)

    def remove_models(self, name: str) -> None:
        """Remove what is registered under a name, if anything is."""
        with contextlib.suppress(MlflowException):  # nothing is
            self.client.delete_registered_model(name)


@contextlib.contextmanager
def scratch_experiment(name: str) -> Iterator[Scratch]:
    """Make an experiment for one check, and delete it; the notebook is as it was afterwards.

    Args:
        name: what its name begins with.

    Raises:
        ServerUnreachable: no working tracking server answers, or it went away.
    """
    with _as_it_was():
        active = os.environ.get("MLFLOW_EXPERIMENT_ID"), os.environ.get("MLFLOW_EXPERIMENT_NAME")
        tracking.use_server()
        client = MlflowClient()
        full_name = tracking.prefixed(f"{name} {uuid.uuid4().hex[:12]}")
        scratch = Scratch(client.tracking_uri, client.create_experiment(full_name), client)
        paused = _pause_runs()
        try:
            yield scratch
        except ServerUnreachable:
            end_runs()
            raise
        except BaseException:
            _tidy_up(scratch, paused, *active)
            raise
        else:
            _tidy_up(scratch, paused, *active)


def _tidy_up(scratch: Scratch, paused: list[Run], active: str | None, name: str | None) -> None:
    end_runs()
    mlflow.set_tracking_uri(scratch.uri)
    if scratch.client.get_experiment(scratch.experiment_id).lifecycle_stage == "active":
        for run in scratch.client.search_runs([scratch.experiment_id], "status = 'RUNNING'"):
            scratch.client.set_terminated(run.info.run_id, "KILLED")  # some are prepared like that
        scratch.client.delete_experiment(scratch.experiment_id)
    for run in reversed(paused):
        with contextlib.suppress(MlflowException):  # unless it has been deleted
            mlflow.set_experiment(experiment_id=run.info.experiment_id)
            mlflow.start_run(run_id=run.info.run_id, nested=True)
    with contextlib.suppress(MlflowException):  # unless it has been deleted
        if active is None and name is not None:
            mlflow.set_experiment(name)
        else:  # the server's default if the notebook had chosen none
            mlflow.set_experiment(experiment_id=active or "0")


def _pause_runs() -> list[Run]:
    """Take the notebook's active runs aside, innermost first; their status stays RUNNING."""
    paused: list[Run] = []
    while (run := mlflow.active_run()) is not None:
        paused.append(run)
        with contextlib.suppress(MlflowException):
            mlflow.end_run("RUNNING")
    return paused


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """Put back what lives in this process: tracking URI, environment, random numbers."""
    uri = mlflow.get_tracking_uri()
    environment = {k: v for k, v in os.environ.items() if k.startswith("MLFLOW_")}
    draws = random.getstate(), np.random.get_state()
    os.environ.pop("MLFLOW_RUN_ID", None)  # start_run would resume that run
    os.environ.update(_PATIENCE)
    try:
        yield
    finally:
        random.setstate(draws[0])
        np.random.set_state(draws[1])
        mlflow.set_tracking_uri(uri)
        for key in [key for key in os.environ if key.startswith("MLFLOW_")]:
            del os.environ[key]
        os.environ.update(environment)


# Long enough for a server that is busy, and no minutes at an address where there is none.
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.5",
}
