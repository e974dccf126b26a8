"""helpers.tracking: where runs go, what is said when they cannot, and links."""

from __future__ import annotations

import json
import os
import socket
from urllib.parse import urlsplit

import mlflow
import pytest
from mlflow import MlflowClient

from helpers import Experiment, ServerUnreachable, connect, execute_tuning
from helpers.server import free_url
from helpers.tracking import find_experiment, prefixed


def test_connect_makes_the_experiment_active_under_the_prefix(experiment: Experiment) -> None:
    assert experiment.name.startswith(os.environ["EXPERIMENT_PREFIX"])
    with mlflow.start_run() as run:
        assert run.info.experiment_id == experiment.experiment_id
    assert connect(experiment.name) == experiment  # the prefix is put before it once


def test_no_server_is_said_with_both_ways_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    url = free_url()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    with pytest.raises(ServerUnreachable) as caught:
        connect("No Child Runs")
    assert f"Nothing answers at {url}" in str(caught.value)
    assert "docker compose up -d --wait" in str(caught.value)
    assert "helpers.start_server()" in str(caught.value)


def test_a_server_that_never_answers_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ServerUnreachable, match="Nothing answers"):
            connect("No Child Runs")


def test_a_proxy_is_not_asked_for_a_server_on_this_machine(
    experiment: Experiment, tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:  # which would never answer
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "example.org")
        assert connect(experiment.name) == experiment
        assert os.environ["no_proxy"] == f"example.org,{urlsplit(tracking_uri).hostname}"


def test_a_host_name_that_the_server_refuses_is_named(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = urlsplit(tracking_uri).port
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.1:{port}")  # reaches 127.0.0.1
    with pytest.raises(ServerUnreachable, match=rf"\(403\).*ALLOWED_HOSTS=127.1:{port}"):
        connect("No Child Runs")


def test_a_store_that_is_no_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    with pytest.raises(ServerUnreachable, match="needs a tracking server"):
        connect("No Child Runs")


@pytest.mark.parametrize("name", ["", "  ", None])
def test_an_experiment_needs_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        connect(name)


def test_a_deleted_experiment_is_restored_with_its_runs(
    experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    execute_tuning(0)
    mlflow.delete_experiment(experiment.experiment_id)
    assert connect(experiment.name) == experiment
    assert "had been deleted. It is restored" in capsys.readouterr().out
    assert len(mlflow.search_runs([experiment.experiment_id])) == 6


def test_a_run_left_active_is_ended_as_failed(
    experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    outer = mlflow.start_run(run_name="outer")
    inner = mlflow.start_run(run_name="inner", nested=True)
    connect(experiment.name)
    said = capsys.readouterr().out
    assert "'inner' was left active" in said
    assert "'outer' was left active" in said
    assert mlflow.active_run() is None
    assert {mlflow.get_run(r.info.run_id).info.status for r in (outer, inner)} == {"FAILED"}


def test_an_experiment_that_does_not_exist_is_named(tracking_uri: str) -> None:
    with pytest.raises(LookupError, match=r"no experiment '.*never made'"):
        find_experiment("never made")


def test_connect_makes_no_noise(experiment: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    connect(f"{experiment.name} too")
    execute_tuning(0)
    assert capsys.readouterr() == ("", "")


def test_a_link_names_a_view_that_holds_the_filter_the_order_and_the_columns(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKING_UI_URL", "https://class.example/mlflow/")
    asked = {"filter_string": "tags.a = 'b'", "order_by": "metrics.m", "ascending": True}
    link = experiment.link("the <best>", **asked)
    page, key = link.url.split("&viewStateShareKey=")
    assert page == (
        f"https://class.example/mlflow/#/experiments/{experiment.experiment_id}/runs"
        "?workflowType=machine_learning"
    )
    tags = MlflowClient().get_experiment(experiment.experiment_id).tags
    view = json.loads(tags[f"mlflow.sharedViewState.{key}"])
    assert view["searchFilter"] == "tags.a = 'b'"
    assert (view["orderByKey"], view["orderByAsc"]) == ("metrics.`m`", True)
    assert {"metrics.`metric1`", "params.`best_param2`"} < set(view["selectedColumns"])
    assert experiment.link("again", **asked).url == link.url  # outputs of notebooks stay the same
    assert repr(link) == f"the <best>: {link.url}"
    assert "the &lt;best&gt;</a>" in link._repr_html_()
    assert 'target="_blank"' in link._repr_html_()


def test_an_experiment_shows_itself_without_the_prefix(experiment: Experiment) -> None:
    title = experiment.name.removeprefix(os.environ["EXPERIMENT_PREFIX"])
    assert repr(experiment).startswith(
        f"{title} in the MLflow UI: {os.environ['MLFLOW_TRACKING_URI']}"
    )
    assert prefixed(title) == experiment.name == prefixed(experiment.name)
    assert MlflowClient().get_experiment(experiment.experiment_id).name == experiment.name
