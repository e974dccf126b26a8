"""Build links into the MLflow UI, including stored views of the table of runs."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from mlflow import MlflowClient
from mlflow.entities import Run
from pandas import DataFrame

from helpers import configured_server, server

_NAME = "attributes.`Run Name`"


@dataclass(frozen=True)
class Link:
    """A link: clickable in a notebook, and printed with its URL in a terminal."""

    text: str
    url: str

    def __repr__(self) -> str:
        return f"{self.text}: {self.url}"

    def _repr_html_(self) -> str:
        url, text = html.escape(self.url), html.escape(self.text)
        return f'<a href="{url}" target="_blank" rel="noopener">{text}</a>'


def ui_url() -> str:
    """Return the URL at which a browser reaches the MLflow UI.

    That is `TRACKING_UI_URL` if it is set; on a hub, helpers/jupyter_extension.py sets it. In
    a GitHub codespace, it is the address that the port is forwarded to
    (https://docs.github.com/en/codespaces, *Forwarding ports*). Otherwise, it is the tracking
    server's own address.
    """
    if chosen := os.environ.get("TRACKING_UI_URL"):
        return chosen.rstrip("/")
    url = server.default_url()
    forwarded = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN")
    if forwarded and configured_server.is_here(url):
        return f"https://{os.environ['CODESPACE_NAME']}-{urlsplit(url).port}.{forwarded}"
    return url


def page(route: str, **query: str) -> str:
    """Return the URL of a page of the UI.

    Args:
        route: its path, such as `experiments/1/runs`.
        **query: the query parameters of the page.
    """
    # Without workflowType, the UI opens its pages for GenAI.
    return f"{ui_url()}/#/{route}?{urlencode({'workflowType': 'machine_learning', **query})}"


def ui_link() -> Link:
    """Return a link to the list of all experiments."""
    return Link("Open the MLflow UI", page("experiments"))


def run_link(run: Run) -> Link:
    """Return a link to the page of one run, which also works if the run is deleted.

    Args:
        run: the run, as MLflow returned it.
    """
    return Link(str(run.info.run_name), run_page(run.info.experiment_id, run.info.run_id))


def run_page(experiment_id: str, run_id: str) -> str:
    """Return the URL of the page of one run.

    Args:
        experiment_id: the ID of the run's experiment.
        run_id: the run ID.
    """
    return page(f"experiments/{experiment_id}/runs/{run_id}")


def model_link(text: str, name: str) -> Link:
    """Return a link to the page of a registered model.

    Args:
        text: what the link says.
        name: the name of the model.
    """
    return Link(text, page(f"models/{quote(name)}"))


def compare_link(text: str, runs: DataFrame, metric: str = "") -> Link:
    """Return a link to the page that compares runs, or to the curves of one of their metrics.

    Args:
        text: what the link says.
        runs: the runs, as `mlflow.search_runs` returns them.
        metric: draw this metric, with a curve for each run.
    """
    query: dict[str, object] = {
        "runs": list(runs["run_id"]),
        "experiments": sorted(set(runs["experiment_id"])),
    }
    if metric:
        query |= {"metric": metric, "plot_metric_keys": [metric], "x_axis": "step"}
    values = {key: value if key == "x_axis" else json.dumps(value) for key, value in query.items()}
    # The UI reads `runs` only if it comes first.
    values["workflowType"] = "machine_learning"
    return Link(text, f"{ui_url()}/#/{'metric' if metric else 'compare-runs'}?{urlencode(values)}")


def store_view(
    experiment_id: str,
    filter_string: str = "",
    order_by: str = "attributes.start_time",
    ascending: bool = False,
    metrics: Sequence[str] = ("best_metric1", "metric1"),
    params: Sequence[str] = ("best_param1", "best_param2", "param1", "param2"),
    group_by: str = "",
    charts: bool = False,
) -> str:
    """Store a view of an experiment's table of runs on the server and return its URL.

    A URL alone cannot choose columns. So the view is stored in a tag of the experiment, as the UI's
    *Share* does it. The same view always gets the same key.

    By default, it is sorted by `attributes.start_time` (Created): the only order in which the UI
    draws children under their parents (https://github.com/mlflow/mlflow/issues/15802).

    Args:
        experiment_id: the experiment's ID.
        filter_string: an MLflow search filter, such as `tags.test_identifier = 'x'`.
        order_by: an attribute, metric or parameter, such as `metrics.best_metric1`.
        ascending: lowest first, or oldest first.
        metrics: the metrics to show; the UI leaves out those that no run has.
        params: the parameters to show; the UI leaves out those that no run has.
        group_by: group the runs by this tag, and show the mean of each group.
        charts: show charts in place of the table.
    """
    columns = [f"metrics.`{name}`" for name in metrics] + [f"params.`{name}`" for name in params]
    view = {
        "searchFilter": filter_string,
        # The UI sorts by metrics.m, too, but shows the order's name only if it is quoted.
        "orderByKey": re.sub(r"^(metrics|params)\.([^`]+)$", r"\1.`\2`", order_by),
        "orderByAsc": ascending,
        "selectedColumns": columns,
        "columnOrder": [_NAME],
        "columnWidths": {_NAME: 290},  # wide enough for the longest name of a parent run
    }
    if group_by:
        tag = {"mode": "tag", "groupByData": group_by}
        view["groupBy"] = {"aggregateFunction": "average", "groupByKeys": [tag]}
    value = json.dumps(view)
    key = hashlib.sha256(value.encode()).hexdigest()[:12]
    MlflowClient().set_experiment_tag(experiment_id, f"mlflow.sharedViewState.{key}", value)
    mode = {"compareRunsMode": "CHART"} if charts else {}
    return page(f"experiments/{experiment_id}/runs", viewStateShareKey=key, **mode)
