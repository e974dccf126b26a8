"""Scratch experiments for one check; afterwards the notebook is as it was.

Its active run and experiment, tracking URI, environment and random numbers are put back. Only
MLflow's public API is used for that.
"""

import contextlib
import os
import random
import uuid
from collections.abc import Iterator, Sequence

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from exercises.engine.backend import Backend
from exercises.engine.left import end_runs
from exercises.engine.world import Logged
from helpers import lost_server, tracking


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
        except MlflowException as error:
            raise lost_server.in_a_sentence(error, "check") from None


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
    as_it_was = _process_as_it_was()
    with as_it_was, contextlib.chdir("."), contextlib.ExitStack() as afterwards:  # the last first
        chosen = os.environ.get("MLFLOW_EXPERIMENT_ID"), os.environ.get("MLFLOW_EXPERIMENT_NAME")
        tracking.use_server()
        client = MlflowClient()
        afterwards.callback(_choose_again, *chosen)
        while (run := mlflow.active_run()) is not None:
            afterwards.callback(_open_again, run)
            with contextlib.suppress(MlflowException):
                mlflow.end_run("RUNNING")  # keeps its status
        unique = uuid.uuid4().hex[:12]
        full_name, made = tracking.prefixed(f"{name} {unique}"), list[str]()
        afterwards.callback(_remove, client, made, unique)
        try:
            for each in (full_name, f"{full_name} beside"):
                made.append(client.create_experiment(each))
            scratch = Scratch(client.tracking_uri, (made[0], made[1]), full_name)
            scratch.add(runs)
            yield scratch
        except lost_server.ServerUnreachable:
            afterwards.pop_all()  # without a server, nothing can be put back
            raise
        finally:
            end_runs()
            mlflow.set_tracking_uri(client.tracking_uri)


def _remove(client: MlflowClient, experiment_ids: list[str], unique: str) -> None:
    """Delete a check's experiments and models."""
    for model in client.search_registered_models(f"name LIKE '%{unique}%'"):
        client.delete_registered_model(model.name)
    for experiment_id in experiment_ids:
        with contextlib.suppress(MlflowException):  # the student's function has deleted it
            client.delete_experiment(experiment_id)


def _open_again(run: Run) -> None:
    with contextlib.suppress(MlflowException):  # unless it has been deleted
        mlflow.set_experiment(experiment_id=run.info.experiment_id)
        mlflow.start_run(run_id=run.info.run_id, nested=True)


def _choose_again(experiment_id: str | None, name: str | None) -> None:
    with contextlib.suppress(MlflowException):  # unless it has been deleted
        if name and not experiment_id:
            mlflow.set_experiment(name)
        else:  # the server's default if the notebook had chosen none
            mlflow.set_experiment(experiment_id=experiment_id or "0")


@contextlib.contextmanager
def _process_as_it_was() -> Iterator[None]:
    """Put back what lives in this process: tracking URI, environment, random numbers."""
    uri, environment = mlflow.get_tracking_uri(), dict(os.environ)
    draws = random.getstate(), np.random.get_state()
    os.environ.pop("MLFLOW_RUN_ID", None)  # start_run would resume that run
    os.environ.update(_PATIENCE)
    try:
        yield
    finally:
        random.setstate(draws[0])
        np.random.set_state(draws[1])
        mlflow.set_tracking_uri(uri)
        for key in os.environ.keys() - environment.keys():
            del os.environ[key]
        os.environ.update(environment)


# Long enough for a server that is busy, and no minutes at an address where there is none.
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.5",
}
