"""Where runs go: connect to the tracking server, and link into its UI.

Everything that depends on the server's address or on the UI's routes is in this file.
"""

from __future__ import annotations

import hashlib
import html
import json
import logging
import os
import re
from dataclasses import dataclass
from urllib.parse import urlencode

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Experiment as MlflowExperiment
from mlflow.entities import Run

from helpers import server


class ServerUnreachable(ConnectionError):
    """No tracking server answers; the message names both ways to start one."""


@dataclass(frozen=True)
class Link:
    """A link that shows itself as one in a notebook and as its address in a terminal."""

    text: str
    url: str

    def __repr__(self) -> str:
        return f"{self.text}: {self.url}"

    def _repr_html_(self) -> str:
        url, text = html.escape(self.url), html.escape(self.text)
        return f'<a href="{url}" target="_blank" rel="noopener">{text}</a>'


@dataclass(frozen=True)
class Experiment:
    """An experiment on the tracking server in use; shows itself as a link into the UI."""

    name: str
    experiment_id: str

    def link(
        self,
        text: str | None = None,
        *,
        filter_string: str = "",
        order_by: str = "attributes.start_time",
        ascending: bool = False,
    ) -> Link:
        """Return a link to the table of this experiment's runs, with the columns that matter here.

        Sorted by `attributes.start_time` (Created), the only order in which the UI draws children
        under their parents (https://github.com/mlflow/mlflow/issues/15802).

        An address alone cannot choose columns. So the view is stored as the UI's own *Share* does
        it, in a tag of the experiment, under a key that is the same for the same view.

        Args:
            text: what the link says; the experiment's name if None.
            filter_string: an MLflow search filter, such as `tags.test_identifier = 'x'`.
            order_by: an attribute, metric or parameter, such as `metrics.best_metric1`.
            ascending: least first, or oldest first.
        """
        view = _view(filter_string, order_by, ascending)
        key = hashlib.sha256(view.encode()).hexdigest()[:12]
        MlflowClient().set_experiment_tag(self.experiment_id, f"mlflow.sharedViewState.{key}", view)
        title = self.name.removeprefix(os.environ.get("EXPERIMENT_PREFIX", ""))
        route = f"experiments/{self.experiment_id}/runs"
        return Link(text or f"{title} in the MLflow UI", _page(route, viewStateShareKey=key))

    def __repr__(self) -> str:
        return repr(self.link())

    def _repr_html_(self) -> str:
        return self.link()._repr_html_()


# Those that no run has are left out by the UI.
_METRICS = ["best_metric1", "metric1"]
_PARAMS = ["best_param1", "best_param2", "param1", "param2"]
_NAME = "attributes.`Run Name`"


def _view(filter_string: str, order_by: str, ascending: bool) -> str:
    """Return what the UI stores of a view of the runs table."""
    view = {
        "searchFilter": filter_string,
        # The UI sorts by metrics.m as well, but names its order only if it is quoted.
        "orderByKey": re.sub(r"^(metrics|params)\.([^`]+)$", r"\1.`\2`", order_by),
        "orderByAsc": ascending,
        "selectedColumns": [
            *(f"metrics.`{name}`" for name in _METRICS),
            *(f"params.`{name}`" for name in _PARAMS),
        ],
        "columnOrder": [_NAME],
        "columnWidths": {_NAME: 290},  # the longest name of a parent run fits
    }
    return json.dumps(view)


def _page(route: str, **query: str) -> str:
    # Without the type of work, the UI opens its pages for GenAI.
    return f"{ui_url()}/#/{route}?{urlencode({'workflowType': 'machine_learning', **query})}"


def connect(experiment: str) -> Experiment:
    """Point MLflow at the tracking server and make `experiment` the active one.

    Creates the experiment; restores it if it was deleted. Ends runs that an earlier cell left
    active as FAILED. Says so, if it did.

    Args:
        experiment: its name; `EXPERIMENT_PREFIX` from the environment is put before it.

    Raises:
        ServerUnreachable: no working tracking server answers within 5 seconds.
        ValueError: the name is empty.
    """
    if not isinstance(experiment, str) or not experiment.strip():
        raise ValueError(
            f"An experiment needs a name, such as 'No Child Runs'; got {experiment!r}."
        )
    use_server()
    end_leftover_runs()
    name = prefixed(experiment)
    found = MlflowClient().get_experiment_by_name(name)
    if found and found.lifecycle_stage == "deleted":
        MlflowClient().restore_experiment(found.experiment_id)
        print(f"The experiment {name!r} had been deleted. It is restored, with its runs.")
    active = mlflow.set_experiment(name)
    return Experiment(active.name, active.experiment_id)


def find_experiment(experiment: str | Experiment | MlflowExperiment) -> Experiment:
    """Return an experiment that exists.

    Args:
        experiment: its name, or what `connect` or MLflow returned.

    Raises:
        ServerUnreachable: no working tracking server answers.
        LookupError: there is none of that name.
    """
    if not isinstance(experiment, str):
        return Experiment(experiment.name, experiment.experiment_id)
    use_server()
    found = MlflowClient().get_experiment_by_name(prefixed(experiment))
    if found is None:
        raise LookupError(f"There is no experiment {prefixed(experiment)!r} at {tracking_uri()}.")
    return Experiment(found.name, found.experiment_id)


def tracking_uri() -> str:
    """Return the tracking server's address: `MLFLOW_TRACKING_URI`, else http://localhost:8080.

    `mlflow.set_tracking_uri` sets that variable as well, so both ways to choose a server count.
    """
    return server.default_url()


def ui_url() -> str:
    """Return where the MLflow UI is: `TRACKING_UI_URL` (behind a proxy), else the server itself."""
    return (os.environ.get("TRACKING_UI_URL") or tracking_uri()).rstrip("/")


def prefixed(experiment: str) -> str:
    """Return the name that an experiment has on the server: `EXPERIMENT_PREFIX` before it, once.

    Args:
        experiment: the name as the lessons say it.
    """
    prefix = os.environ.get("EXPERIMENT_PREFIX", "")
    return experiment if experiment.startswith(prefix) else prefix + experiment


def ui_link(text: str = "Open the MLflow UI") -> Link:
    """Return a link to the list of all experiments.

    Args:
        text: what the link says.
    """
    return Link(text, _page("experiments"))


def run_link(run: Run) -> Link:
    """Return a link to the page of one run; it opens for a deleted one as well.

    Args:
        run: the run, as MLflow returned it.
    """
    route = f"experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    return Link(str(run.info.run_name), _page(route))


def use_server() -> str:
    """Make sure that MLflow's calls reach a working tracking server; return its MLflow version.

    Raises:
        ServerUnreachable: none answers within 5 seconds; one that is starting is waited for.
    """
    url = tracking_uri()
    if not url.startswith(("http://", "https://")):
        raise ServerUnreachable(
            f"MLFLOW_TRACKING_URI is {url!r}, but this course needs a tracking server: "
            f"unset it, or set it to an address such as {server.DEFAULT_TRACKING_URI}."
        )
    try:
        version = server.probe(url)
    except ConnectionError as error:
        if not server.is_embedded(url):
            raise ServerUnreachable(_HOW_TO_START.format(error=error)) from None
        version = server.start_server(url).version  # `make lab` has begun it: wait
    # Two lines of text and one request for each run; INFO lines; minutes of silent retries.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "4")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    mlflow.set_tracking_uri(url)
    return version


_HOW_TO_START = """{error} Start a tracking server in one of two ways:
  in a container:     docker compose up -d --wait
  in this Python:     helpers.start_server()    (in a shell: python -m helpers.server start)
or set MLFLOW_TRACKING_URI to the address of one that runs elsewhere."""


def end_leftover_runs() -> None:
    """End as FAILED what an earlier cell left active or could not end, and say so."""
    while (run := mlflow.active_run()) is not None:
        mlflow.end_run("FAILED")
        print(f"The run {run.info.run_name!r} was left active by an earlier cell: ended as FAILED.")
    while unended:
        run_id, name = unended[-1]
        MlflowClient().set_terminated(run_id, "FAILED")
        unended.pop()
        print(f"The run {name!r} could not be ended while no server answered: ended as FAILED now.")


unended: list[tuple[str, str]] = []  # (run id, run name) of runs whose server went away
