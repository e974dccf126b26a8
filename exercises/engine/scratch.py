"""Scratch experiments for one check; afterwards the notebook is as it was.

Its active run and experiment, tracking URI, environment and random numbers are put back. Only
MLflow's public API is used for that.
"""

from __future__ import annotations

import contextlib
import os
import random
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from exercises.engine.backend import Backend
from exercises.engine.calling import end_runs
from exercises.engine.world import Logged, World
from helpers import server, tracking
from helpers.lost_server import ServerUnreachable


class Scratch(Backend):
    """Two scratch experiments on the tracking server."""

    @contextlib.contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """Give a client of the server.

        Raises:
            ServerUnreachable: the tracking server went away.
        """
        try:
            yield MlflowClient(self.uri)
        except MlflowException:
            if server.server_status(self.uri):
                raise
            raise ServerUnreachable(
                "The tracking server went away during the check. Start it again, and check again."
            ) from None


@contextlib.contextmanager
def scratch_experiment(name: str, runs: Sequence[Logged]) -> Iterator[Scratch]:
    """Make the experiments for one check, and delete them; the notebook is as it was afterwards.

    Registered models are deleted as well if their names begin with that of the world.

    Args:
        name: what their names begin with.
        runs: what is logged to them first.

    Raises:
        ServerUnreachable: no working tracking server answers, or it went away.
    """
    with _as_it_was():
        active = os.environ.get("MLFLOW_EXPERIMENT_ID"), os.environ.get("MLFLOW_EXPERIMENT_NAME")
        tracking.use_server()
        client = MlflowClient()
        unique = uuid.uuid4().hex[:12]
        full_name = tracking.prefixed(f"{name} {unique}")
        paused = _pause_runs()
        made: list[str] = []
        try:
            for each in (full_name, f"{full_name} beside"):
                made.append(client.create_experiment(each))
            uri = client.tracking_uri.rstrip("/")
            scratch = Scratch(uri, (made[0], made[1]), world=World(name=full_name))
            scratch.add(runs)
            yield scratch
        except ServerUnreachable:
            end_runs()
            raise
        except BaseException:
            _tidy_up(client, unique, made, paused, *active)
            raise
        else:
            _tidy_up(client, unique, made, paused, *active)


def _tidy_up(
    client: MlflowClient,
    unique: str,
    made: list[str],
    paused: list[Run],
    active: str | None,
    name: str | None,
) -> None:
    end_runs()
    mlflow.set_tracking_uri(client.tracking_uri)
    running = client.search_runs(made, "attributes.status = 'RUNNING'", ViewType.ACTIVE_ONLY)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda run: client.set_terminated(run.info.run_id, "KILLED"), running))
    for model in client.search_registered_models(f"name LIKE '%{unique}%'"):
        client.delete_registered_model(model.name)
    for experiment_id in made:
        if client.get_experiment(experiment_id).lifecycle_stage == "active":
            client.delete_experiment(experiment_id)
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
