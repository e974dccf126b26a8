"""helpers.links: addresses of the UI, and the views that they name."""

from __future__ import annotations

import json

import mlflow
import pytest
from mlflow import MlflowClient

from helpers import Experiment, ui_link
from helpers.links import Link, run_link, ui_url


def view_of(experiment: Experiment, link: Link) -> dict[str, object]:
    """The stored view that a link names."""
    key = link.url.split("&viewStateShareKey=")[1]
    tags = MlflowClient().get_experiment(experiment.experiment_id).tags
    return json.loads(tags[f"mlflow.sharedViewState.{key}"])


def test_a_link_names_a_view_that_holds_the_filter_the_order_and_the_columns(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKING_UI_URL", "https://class.example/mlflow/")
    asked = {"filter_string": "tags.a = 'b'", "order_by": "metrics.m", "ascending": True}
    link = experiment.link("the <best>", **asked)
    page, _ = link.url.split("&viewStateShareKey=")
    assert page == (
        f"https://class.example/mlflow/#/experiments/{experiment.experiment_id}/runs"
        "?workflowType=machine_learning"
    )
    view = view_of(experiment, link)
    assert view["searchFilter"] == "tags.a = 'b'"
    assert (view["orderByKey"], view["orderByAsc"]) == ("metrics.`m`", True)
    assert {"metrics.`metric1`", "params.`best_param2`"} < set(view["selectedColumns"])
    assert experiment.link("again", **asked).url == link.url  # outputs of notebooks stay the same
    assert repr(link) == f"the <best>: {link.url}"
    assert "the &lt;best&gt;</a>" in link._repr_html_()
    assert 'target="_blank"' in link._repr_html_()


def test_a_view_shows_the_columns_asked_for(experiment: Experiment) -> None:
    link = experiment.link(metrics=["accuracy"], params=["C", "gamma"])
    assert view_of(experiment, link)["selectedColumns"] == [
        "metrics.`accuracy`",
        "params.`C`",
        "params.`gamma`",
    ]
    assert link.text.endswith(" in the MLflow UI")


def test_a_link_that_was_made_sends_nothing_when_it_is_shown(
    experiment: Experiment, sent: list[str]
) -> None:
    link = experiment.link("a view")
    assert len(sent) == 1  # the view is stored when the link is asked for
    assert link.url in repr(link)
    assert "a view</a>" in link._repr_html_()
    assert len(sent) == 1


def test_a_run_and_the_list_of_experiments_have_pages_for_training_runs(
    experiment: Experiment, tracking_uri: str
) -> None:
    with mlflow.start_run(run_name="a run") as run:
        pass
    assert run_link(run) == Link(
        "a run",
        f"{tracking_uri}/#/experiments/{experiment.experiment_id}/runs/{run.info.run_id}"
        "?workflowType=machine_learning",
    )
    assert ui_link().url == f"{tracking_uri}/#/experiments?workflowType=machine_learning"


def test_in_a_codespace_the_ui_is_where_its_port_is_forwarded_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CODESPACE_NAME", "ada-4x7")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:8081")
    assert ui_url() == "https://ada-4x7-8081.app.github.dev"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://class.example")
    assert ui_url() == "https://class.example"  # not on the codespace's machine
    monkeypatch.setenv("TRACKING_UI_URL", "https://elsewhere.example")
    assert ui_url() == "https://elsewhere.example"


def test_the_ui_is_where_the_setting_says_or_at_the_server(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ui_url() == tracking_uri
    monkeypatch.setenv("TRACKING_UI_URL", "https://class.example/mlflow/")
    assert ui_url() == "https://class.example/mlflow"
