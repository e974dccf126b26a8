"""Provide scratch experiments for one check; put the notebook back as it was.

Its active run and experiment, tracking URI, environment and random numbers are put back. Only
MLflow's public API is used for that.
"""

import contextlib
import os
import random
import uuid
from collections.abc import Iterator, Sequence
from unittest.mock import patch

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from exercises.engine.calling import end_runs
from exercises.engine.check_store import CheckStore
from exercises.engine.exercise_files import PreparedRun
from helpers import failed_cell, tracking

# Enough retries for a busy server, without minutes of waiting where no server is.
_RETRIES = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.5",
}


@contextlib.contextmanager
def scratch_experiment(name: str, runs: Sequence[PreparedRun]) -> Iterator[CheckStore]:
    """Create the experiments for one check, and delete them; put the notebook back as it was.

    Registered models whose names contain this check's random ID are deleted, too.

    Args:
        name: the beginning of their names.
        runs: the runs to log to them first.

    Raises:
        ServerUnreachable: no working tracking server answers, or it went away.
    """
    # `chdir`, because the student's function may go to another folder.
    with _process_as_it_was(), contextlib.chdir("."), contextlib.ExitStack() as afterwards:
        chosen = os.environ.get("MLFLOW_EXPERIMENT_ID", "0")  # the server's default if none is
        tracking.use_server()
        client, unique, ids = MlflowClient(), uuid.uuid4().hex[:12], list[str]()
        # The notebook's active runs go on afterwards, so their status stays RUNNING.
        afterwards.callback(_reactivate, chosen, end_runs("RUNNING"))
        afterwards.callback(_remove, client, ids, unique)
        full_name = tracking.prefixed(f"{name} {unique}")
        try:
            for experiment_name in (full_name, f"{full_name} beside"):
                ids.append(client.create_experiment(experiment_name))
            store = CheckStore(client.tracking_uri, (ids[0], ids[1]), full_name)
            store.add(runs)
            yield store
        except MlflowException as error:
            explained = failed_cell.in_a_sentence(error, "check")
            if explained is not error:  # without a server, nothing can be put back
                afterwards.pop_all()
            raise explained from None
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


def _reactivate(experiment_id: str, run_ids: list[str]) -> None:
    """Make these runs active again, the last of them first, and then the experiment."""
    for run_id in reversed(run_ids):
        with contextlib.suppress(MlflowException):  # unless it has been deleted
            mlflow.set_experiment(experiment_id=mlflow.get_run(run_id).info.experiment_id)
            mlflow.start_run(run_id=run_id, nested=True)
    with contextlib.suppress(MlflowException):  # likewise
        mlflow.set_experiment(experiment_id=experiment_id)


@contextlib.contextmanager
def _process_as_it_was() -> Iterator[None]:
    """Put back what lives in this process: tracking URI, environment, random numbers."""
    uri = mlflow.get_tracking_uri()
    draws = random.getstate(), np.random.get_state()
    try:
        with patch.dict(os.environ, _RETRIES):
            os.environ.pop("MLFLOW_RUN_ID", None)  # start_run would resume that run
            yield
    finally:
        random.setstate(draws[0])
        np.random.set_state(draws[1])
        mlflow.set_tracking_uri(uri)
