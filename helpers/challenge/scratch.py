"""Call a student's function in a scratch experiment, and read back what it left on the server.

The notebook does not notice: afterwards its active run and experiment, tracking URI, environment
and random numbers are as before. Only MLflow's public API is used for that.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import random
import sysconfig
import time
import traceback
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import mlflow
import numpy as np
from IPython.utils.capture import capture_output
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from helpers import server, tracking
from helpers.challenge.tuning import Tuning, code

# With it, wrong solutions that are written like the starter get nowhere by luck.
SEED = 1177085


def observe(
    function: Callable[..., object], tunings: list[Tuning], enough: Callable[[list[Tuning]], bool]
) -> list[Tuning]:
    """Call the function in a scratch experiment, once a tuning; return the tunings that were made.

    Stops as soon as there is enough.

    Args:
        function: the student's.
        tunings: what to call it with.
        enough: says, given the tunings made so far, whether the others are not needed.

    Raises:
        ServerUnreachable: no working tracking server answers, or it went away.
        KeyboardInterrupt: the user stopped it.
    """
    known: dict[str, Run] = {}
    with _notebook_as_it_was(), _scratch_experiment() as (client, experiment_id):
        for made, tuning in enumerate(tunings, start=1):
            tuning.known = known
            started = int(time.time() * 1000)
            returned = _call(function, tuning, client)
            tuning.left_open = _end_runs()
            runs = client.search_runs([experiment_id], order_by=["start_time"], max_results=5000)
            tuning.run_ids = [run.info.run_id for run in runs if run.info.run_id not in known]
            known.clear()
            known.update({run.info.run_id: run for run in runs})
            tuning.strayed = _strayed(tuning, returned, client, experiment_id, started)
            if enough(tunings[:made]):
                break
    return tunings[:made]


def _call(function: Callable[..., object], tuning: Tuning, client: MlflowClient) -> object:
    try:
        with capture_output():
            return function(*tuning.args, **tuning.kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit as well: a verdict, not the end of the notebook
        if server.server_status(client.tracking_uri) is None:
            raise tracking.ServerUnreachable(
                "The tracking server went away during the check. Start it again, and check again."
            ) from error
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if not frame.filename.startswith(_NOT_THE_STUDENTS)]
        here = not own or frames[-1] in own  # or else a library has raised it
        tuning.unfinished = here and isinstance(error, NotImplementedError)
        tuning.error = _sentence(error)
        if own:
            tuning.error += f"\n{own[-1].name}, line {own[-1].lineno}: {own[-1].line}"
        return None


_NOT_THE_STUDENTS = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(Path(__file__).parents[1]),
    "<frozen",
)


def _sentence(error: BaseException) -> str:
    said = "".join(traceback.format_exception_only(error)).splitlines()
    return next(line for line in said if not line.startswith(" "))  # a SyntaxError shows code first


def _strayed(
    tuning: Tuning, returned: object, client: MlflowClient, experiment_id: str, started: int
) -> str:
    """Say where the call logged instead, or what it changed; empty if it did neither."""
    if mlflow.get_tracking_uri().rstrip("/") != client.tracking_uri:
        tuning.error = ""  # which would only follow from it
        return f"MLflow's tracking URI is {code(mlflow.get_tracking_uri())} now"
    if tuning.error:
        return ""
    active = os.environ.get("MLFLOW_EXPERIMENT_ID", "")  # where set_experiment leaves its choice
    if active != experiment_id:
        return f"the active experiment is {_named(active, client, experiment_id)} now"
    if tuning.run_ids:
        return ""
    if inspect.iscoroutine(returned):
        returned.close()  # or Python warns that nobody awaited it
    if isinstance(returned, Iterator | Coroutine):
        return f"no run; the call returned a {type(returned).__name__}, and nothing went through it"
    with contextlib.suppress(MlflowException):  # its last run may be of another server
        last = mlflow.last_active_run()
        if last and last.info.start_time >= started and last.info.experiment_id != experiment_id:
            there = _named(last.info.experiment_id, client, experiment_id)
            return f"the run {code(last.info.run_name)} went to the experiment {there}"
    return "no run arrived there"


def _named(experiment_id: str, client: MlflowClient, scratch_id: str) -> str:
    try:
        found = client.get_experiment(experiment_id)
    except MlflowException:
        return f"number {code(experiment_id)}"
    made, scratch_made = found.creation_time, client.get_experiment(scratch_id).creation_time
    new = made is not None and scratch_made is not None and made >= scratch_made
    return code(found.name) + (" (made by this call; it stays on the server)" if new else "")


@contextlib.contextmanager
def _notebook_as_it_was() -> Iterator[None]:
    """Put back what lives in this process: tracking URI, environment, random numbers."""
    uri = mlflow.get_tracking_uri()
    environment = {k: v for k, v in os.environ.items() if k.startswith("MLFLOW_")}
    draws = random.getstate(), np.random.get_state()
    random.seed(SEED)
    np.random.seed(SEED)
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


@contextlib.contextmanager
def _scratch_experiment() -> Iterator[tuple[MlflowClient, str]]:
    """Make an experiment of its own the active one; delete it, and put back what was active."""
    active = os.environ.get("MLFLOW_EXPERIMENT_ID"), os.environ.get("MLFLOW_EXPERIMENT_NAME")
    tracking.use_server()
    client = MlflowClient()
    name = tracking.prefixed(f"Challenge check {uuid.uuid4().hex[:12]}")
    experiment_id = client.create_experiment(name)
    paused = _pause_runs()
    gone = False
    try:
        mlflow.set_experiment(experiment_id=experiment_id)
        yield client, experiment_id
    except tracking.ServerUnreachable:
        gone = True
        raise
    finally:
        _end_runs()
        mlflow.set_tracking_uri(client.tracking_uri)
        if not gone:
            if client.get_experiment(experiment_id).lifecycle_stage == "active":
                client.delete_experiment(experiment_id)
            _resume_runs(paused)
            with contextlib.suppress(MlflowException):  # unless it has been deleted
                _activate(*active)


def _end_runs() -> set[str]:
    """End as FAILED what the student's function left active; return the run ids."""
    run_ids = set()
    while (run := mlflow.active_run()) is not None:
        run_ids.add(run.info.run_id)
        with contextlib.suppress(MlflowException):  # a run of another server, or deleted
            mlflow.end_run("FAILED")
    return run_ids


def _pause_runs() -> list[Run]:
    """Take the notebook's active runs aside, innermost first; their status stays RUNNING."""
    paused: list[Run] = []
    while (run := mlflow.active_run()) is not None:
        paused.append(run)
        with contextlib.suppress(MlflowException):
            mlflow.end_run("RUNNING")
    return paused


def _resume_runs(paused: list[Run]) -> None:
    for run in reversed(paused):
        with contextlib.suppress(MlflowException):  # unless it has been deleted
            mlflow.set_experiment(experiment_id=run.info.experiment_id)
            mlflow.start_run(run_id=run.info.run_id, nested=True)


def _activate(experiment_id: str | None, name: str | None) -> None:
    """Make the notebook's experiment active again; the server's default if it had chosen none."""
    if experiment_id is None and name is not None:
        mlflow.set_experiment(name)
    else:
        mlflow.set_experiment(experiment_id=experiment_id or "0")
