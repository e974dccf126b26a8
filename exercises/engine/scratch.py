"""Scratch experiments for one check; afterwards the notebook is as it was.

Its active run and experiment, tracking URI, environment and random numbers are put back. Only
MLflow's public API is used for that.
"""

from __future__ import annotations

import contextlib
import os
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from exercises.engine.calling import end_runs
from exercises.engine.registry import registered
from exercises.engine.world import Logged, World, log
from helpers import server, tracking
from helpers.lost_server import ServerUnreachable


@dataclass
class Scratch:
    """Two scratch experiments on the tracking server: the active one and the one beside it."""

    uri: str
    experiments: tuple[str, str]
    client: MlflowClient
    world: World = field(default_factory=World)

    def read(self) -> list[Run]:
        """Return all runs of both, deleted ones as well, oldest first.

        Raises:
            ServerUnreachable: the tracking server went away.
        """
        with self._reachable():
            return read(self.client, self.experiments)

    def experiment_tags(self) -> list[dict[str, str]]:
        """Return the tags of both.

        Raises:
            ServerUnreachable: the tracking server went away.
        """
        with self._reachable():
            return experiment_tags(self.client, self.experiments)

    @contextlib.contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except MlflowException:
            if server.server_status(self.uri):
                raise
            raise ServerUnreachable(
                "The tracking server went away during the check. Start it again, and check again."
            ) from None

    def add(self, runs: Sequence[Logged]) -> dict[str, str]:
        """Log further runs as somebody else would; return their run ids by label."""
        known = {run.label: run.run_id for run in self.world.runs}
        run_ids = log(self.client, self.experiments, runs, known, self.world.name)
        self.world = self.world.joined_by(runs, run_ids)
        return run_ids

    def experiment_name(self, experiment_id: str) -> str:
        """Return the name of an experiment; empty if there is none of that id."""
        return experiment_name(self.client, experiment_id)

    def registered(self, model_name: str) -> Mapping[str, Any]:
        """Return the models of the experiment and what the registry has under a name."""
        return registered(self.client, self.experiments[0], model_name)


def read(client: MlflowClient, experiments: Sequence[str]) -> list[Run]:
    """Return all runs of some experiments, deleted ones as well, oldest first.

    Args:
        client: of the tracking server, or of a store.
        experiments: their ids.
    """
    order, most = ["attributes.start_time ASC"], 50_000
    return list(client.search_runs(list(experiments), "", ViewType.ALL, most, order))


def experiment_tags(client: MlflowClient, experiments: Sequence[str]) -> list[dict[str, str]]:
    """Return the tags of each of some experiments.

    Args:
        client: of the tracking server, or of a store.
        experiments: their ids.
    """
    return [dict(client.get_experiment(each).tags) for each in experiments]


def experiment_name(client: MlflowClient, experiment_id: str) -> str:
    """Return the name of an experiment; empty if there is none of that id.

    Args:
        client: of the tracking server, or of a store.
        experiment_id: the experiment's.
    """
    with contextlib.suppress(MlflowException):
        return str(client.get_experiment(experiment_id).name)
    return ""


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
            world = World(name=full_name)
            scratch = Scratch(client.tracking_uri.rstrip("/"), (made[0], made[1]), client, world)
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
    made: Sequence[str],
    paused: list[Run],
    active: str | None,
    name: str | None,
) -> None:
    end_runs()
    mlflow.set_tracking_uri(client.tracking_uri)
    for run in read(client, made):
        if (run.info.status, run.info.lifecycle_stage) == ("RUNNING", "active"):
            client.set_terminated(run.info.run_id, "KILLED")
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
