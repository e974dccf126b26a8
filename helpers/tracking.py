"""Connect to the tracking server and choose the experiment that runs are logged to."""

import logging
import os
from dataclasses import dataclass
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Experiment as MlflowExperiment
from mlflow.exceptions import MlflowException

from helpers import configured_server, links, server
from helpers.failed_cell import ServerUnreachable, end_leftover_runs, fold_tracebacks
from helpers.links import Link

tracking_uri = server.default_url  # the server's URL; `mlflow.set_tracking_uri` changes it too
_HOW_TO_START = """{error} Start the tracking server:
  in a terminal:      make server
  in this Python:     from helpers import start_server; start_server()
or set MLFLOW_TRACKING_URI to the address of one that runs elsewhere."""
_HOW_TO_START_NAMED = """{error} MLFLOW_TRACKING_URI names it. Start that server, for example
with `docker compose up -d --wait`. Or unset MLFLOW_TRACKING_URI, and the course uses its own."""
# No two printed lines for each run, no progress bar for each file, no minutes of retries.
_UNLESS_SET = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}


@dataclass(frozen=True)
class Experiment:
    """An experiment on the current tracking server. A notebook shows it as a link into the UI."""

    name: str
    experiment_id: str

    def link(self, text: str | None = None, **view: Any) -> Link:
        """Return a link to the table of this experiment's runs, with the course's usual columns.

        Stores the view on the server.

        Args:
            text: what the link says; the experiment's name if None.
            **view: arguments of `helpers.links.store_view`: filter_string, such as
                `tags.test_identifier = 'x'`; order_by, such as `metrics.metric1` (by default,
                Created), and ascending; metrics and params, the columns to show.
        """
        return Link(text or self._shown().text, links.store_view(self.experiment_id, **view))

    def _shown(self) -> Link:
        page = links.page(f"experiments/{self.experiment_id}/runs")
        return Link(f"{self.name} in the MLflow UI", page)

    def __repr__(self) -> str:
        return repr(self._shown())

    def _repr_html_(self) -> str:
        return self._shown()._repr_html_()


def connect(experiment: str) -> Experiment:
    """Point MLflow at the tracking server and make `experiment` the active experiment.

    Creates the experiment, or restores it if it was deleted. Ends runs that an earlier cell left
    active as FAILED. Prints what it restored or ended, and warns if the server is shared and no
    prefix is set.

    Args:
        experiment: its name; `EXPERIMENT_PREFIX` from the environment is put before it.

    Raises:
        ServerUnreachable: no working tracking server answers within 5 seconds, it refuses the
            account, or the experiment belongs to another account.
        ValueError: the name is empty.
    """
    if not isinstance(experiment, str) or not experiment.strip():
        raise ValueError(f"An experiment needs a name, such as 'Tuning'; got {experiment!r}.")
    use_server()
    if not configured_server.is_here(tracking_uri()) and not prefixed(""):
        print("This server is shared. Set EXPERIMENT_PREFIX to keep your runs apart.")
    end_leftover_runs()
    name = prefixed(experiment)
    existing = _named(name)
    if existing and existing.lifecycle_stage == "deleted":
        MlflowClient().restore_experiment(existing.experiment_id)
        print(f"The experiment {name!r} was deleted. It is now restored, with its runs.")
    active = mlflow.set_experiment(name)
    return Experiment(active.name, active.experiment_id)


def find_experiment(experiment: str | Experiment) -> Experiment:
    """Return an existing experiment.

    Args:
        experiment: its name as `connect` takes it, or what `connect` returned.

    Raises:
        ServerUnreachable: no working tracking server answers, or the experiment belongs to another
            account.
        LookupError: there is no experiment with that name.
    """
    if not isinstance(experiment, str):
        return experiment
    use_server()
    existing = _named(prefixed(experiment))
    if existing is None:
        raise LookupError(f"There is no experiment {prefixed(experiment)!r} at {tracking_uri()}.")
    return Experiment(existing.name, existing.experiment_id)


def _named(name: str) -> MlflowExperiment | None:
    try:
        return MlflowClient().get_experiment_by_name(name)
    except MlflowException as error:
        if error.error_code != "PERMISSION_DENIED":
            raise
        raise ServerUnreachable(
            f"The experiment {name!r} belongs to another account. Set EXPERIMENT_PREFIX to the "
            "value that your instructor gave you, then restart Jupyter."
        ) from None


def prefixed(experiment: str) -> str:
    """Return an experiment's name on the server: it begins with `EXPERIMENT_PREFIX`.

    Args:
        experiment: the name as in the lessons.
    """
    return os.environ.get("EXPERIMENT_PREFIX", "") + experiment


def _wait_for(url: str) -> None:
    """Wait until the server answers; if a class keeps it busy, as long as MLflow would wait."""
    try:
        configured_server.probe(url)
    except configured_server.ServerBusy:
        print(f"The server at {url} is busy. Waiting for its answer …")
        configured_server.probe(
            url, timeout=float(os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT", "120"))
        )


def use_server() -> None:
    """Make sure that MLflow's calls reach a working tracking server.

    Waits longer for a server that is starting or busy.

    Raises:
        ServerUnreachable: no server answers within 5 seconds.
    """
    embedded = server.EmbeddedServer()
    if not configured_server.configured_url():
        if not embedded.url:
            error = "No tracking server runs for this copy of the course."
            raise ServerUnreachable(_HOW_TO_START.format(error=error))
        embedded.start()  # waits for one that `make lab` has begun to start
    url = tracking_uri()
    if not url.startswith(("http://", "https://")):
        raise ServerUnreachable(
            f"{url!r} is not the address of a tracking server. Unset MLFLOW_TRACKING_URI."
        )
    try:
        _wait_for(url)
    except ConnectionRefusedError as error:
        raise ServerUnreachable(str(error)) from None
    except ConnectionError as error:
        how = _HOW_TO_START_NAMED if configured_server.configured_url() else _HOW_TO_START
        raise ServerUnreachable(how.format(error=error)) from None
    for name, value in _UNLESS_SET.items():
        os.environ.setdefault(name, value)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    configured_server.use(url)
    mlflow.set_tracking_uri(url)
    fold_tracebacks()
