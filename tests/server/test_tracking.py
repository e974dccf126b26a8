"""helpers.tracking: where runs go, what is said when they cannot, and sound parents."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

import mlflow
import pytest

from helpers import Experiment, ServerUnreachable, connect
from helpers.tracking import find_experiment, prefixed


def test_connect_makes_the_experiment_active_under_the_prefix(
    experiment: Experiment, tracking_uri: str, sent: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    title = experiment.name.removeprefix(os.environ["EXPERIMENT_PREFIX"])  # as a lesson says it
    assert prefixed(title) == experiment.name != title
    sent.clear()
    page = f"{tracking_uri}/#/experiments/{experiment.experiment_id}/runs"
    assert repr(experiment).startswith(f"{experiment.name} in the MLflow UI: {page}?")
    assert f'href="{page}?' in experiment._repr_html_()
    assert sent == []  # it shows itself with the server gone, too

    outer = mlflow.start_run(run_name="outer")
    mlflow.start_run(run_name="inner", nested=True)
    assert outer.info.experiment_id == experiment.experiment_id
    assert connect(title) == experiment
    said = capsys.readouterr().out
    assert "'inner' was left active" in said
    assert "'outer' was left active" in said
    mlflow.delete_experiment(experiment.experiment_id)
    assert connect(title) == experiment
    assert "had been deleted. It is restored" in capsys.readouterr().out
    assert list(mlflow.search_runs()["status"]) == ["FAILED", "FAILED"]
    with pytest.raises(LookupError, match=r"no experiment '.*never made'"):
        find_experiment("never made")
    for name in ("", "  ", None):
        with pytest.raises(ValueError, match="needs a name"):
            connect(name)


def test_a_server_that_never_answers_or_refuses_a_host_name_is_no_server(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = f"127.1:{urlsplit(tracking_uri).port}"  # reaches 127.0.0.1
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://{refused}")
    with pytest.raises(ServerUnreachable, match=rf"\(403\).*ALLOWED_HOSTS={refused}"):
        connect("No Child Runs")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ServerUnreachable, match="Nothing answers"):
            connect("No Child Runs")


def test_a_shared_server_without_a_prefix_is_warned_of(
    experiment: Experiment,
    tracking_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("EXPERIMENT_PREFIX")
    assert connect(experiment.name) == experiment
    assert capsys.readouterr().out == ""  # this machine's own
    # An address elsewhere that reaches this server all the same: it serves as a proxy.
    monkeypatch.setenv("http_proxy", tracking_uri)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://10.0.0.1:8080")
    connect(experiment.name)
    assert "Set EXPERIMENT_PREFIX to keep your runs apart." in capsys.readouterr().out
    monkeypatch.setenv("EXPERIMENT_PREFIX", experiment.name)
    found = connect(experiment.name)  # a prefix is put before a name that begins with it, too
    assert found.name == experiment.name * 2
    assert find_experiment(experiment.name) == find_experiment(found) == found
    assert capsys.readouterr().out == ""
