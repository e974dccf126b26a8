"""End what a call left open, and say where it logged or pointed MLflow instead."""

import contextlib
import os

import mlflow
from mlflow.exceptions import MlflowException

from exercises.engine.run import code


def strayed(uri: str, experiment_id: str, since: int) -> str:
    """Say where MLflow points now, or where this thread's last run went, if it is elsewhere.

    Args:
        uri: where MLflow pointed before the call.
        experiment_id: the experiment that was active.
        since: when the call began, in milliseconds since 1970.
    """
    if mlflow.get_tracking_uri() != uri:
        return f"MLflow's tracking URI is {code(mlflow.get_tracking_uri())} now"
    active = os.environ.get("MLFLOW_EXPERIMENT_ID", "")  # where set_experiment leaves its choice
    if active != experiment_id:
        with contextlib.suppress(MlflowException):  # it may be deleted for good
            active = mlflow.get_experiment(active).name
        return f"the active experiment is {code(active)} now"
    with contextlib.suppress(MlflowException):  # it may be a run of another server
        last = mlflow.last_active_run()
        if last and last.info.start_time >= since and last.info.experiment_id != experiment_id:
            return f"{code(last.info.run_name)} went to another experiment"
    return ""


def end_runs(status: str = "FAILED") -> list[str]:
    """End what is still active, the innermost first; return the run IDs.

    Args:
        status: as what.
    """
    run_ids = []
    while (run := mlflow.active_run()) is not None:
        run_ids.append(run.info.run_id)
        with contextlib.suppress(MlflowException):  # a run of another server, or deleted
            mlflow.end_run(status)
    return run_ids
