"""helpers.tracking: where runs go, what is said when they cannot, and sound parents."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from threading import Timer
from urllib.parse import urlsplit

import mlflow
import pytest

from helpers import Experiment, ServerUnreachable, connect, execute_tuning
from helpers.lost_server import parent_run
from helpers.tracking import find_experiment, prefixed
from tools.servers import free_url, temporary_server


def title(experiment: Experiment) -> str:
    """The experiment's name as a lesson says it."""
    return experiment.name.removeprefix(prefixed(""))


def test_connect_makes_the_experiment_active_under_the_prefix(
    experiment: Experiment, tracking_uri: str, sent: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert experiment.name == os.environ["EXPERIMENT_PREFIX"] + title(experiment)
    sent.clear()
    page = f"{tracking_uri}/#/experiments/{experiment.experiment_id}/runs"
    assert repr(experiment).startswith(f"{experiment.name} in the MLflow UI: {page}?")
    assert f'href="{page}?' in experiment._repr_html_()
    assert sent == []  # it shows itself with the server gone, too

    execute_tuning(0)
    assert connect(title(experiment)) == experiment
    assert capsys.readouterr() == ("", "")
    mlflow.delete_experiment(experiment.experiment_id)
    assert connect(title(experiment)) == experiment
    assert "had been deleted. It is restored" in capsys.readouterr().out
    assert len(mlflow.search_runs([experiment.experiment_id])) == 6

    outer = mlflow.start_run(run_name="outer")
    inner = mlflow.start_run(run_name="inner", nested=True)
    assert outer.info.experiment_id == experiment.experiment_id
    connect(title(experiment))
    said = capsys.readouterr().out
    assert "'inner' was left active" in said
    assert "'outer' was left active" in said
    assert mlflow.active_run() is None
    assert {mlflow.get_run(r.info.run_id).info.status for r in (outer, inner)} == {"FAILED"}
    with pytest.raises(LookupError, match=r"no experiment '.*never made'"):
        find_experiment("never made")


def test_a_server_that_never_answers_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ServerUnreachable, match="Nothing answers"):
            connect("No Child Runs")


def test_a_server_that_is_too_busy_to_answer_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with temporary_server() as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
        family = server.processes()
        wake = Timer(6, lambda: [process.resume() for process in family])
        for process in family:
            process.suspend()
        wake.start()
        try:
            assert connect("busy").name == prefixed("busy")
        finally:
            wake.join()
    assert "is busy. Waiting for its answer" in capsys.readouterr().out


def test_a_host_name_that_the_server_refuses_is_named(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = urlsplit(tracking_uri).port
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.1:{port}")  # reaches 127.0.0.1
    with pytest.raises(ServerUnreachable, match=rf"\(403\).*ALLOWED_HOSTS=127.1:{port}"):
        connect("No Child Runs")


def test_no_server_is_said_with_both_ways_to_start_one_and_no_traceback() -> None:
    url = free_url()
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "-c", "from helpers import connect; connect('a')"],
        env={**os.environ, "MLFLOW_TRACKING_URI": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(f"ServerUnreachable: Nothing answers at {url}")
    assert "docker compose up -d --wait" in done.stdout
    assert "from helpers import start_server; start_server()" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_shared_server_without_a_prefix_is_warned_of(
    experiment: Experiment,
    tracking_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = experiment.name
    assert capsys.readouterr().out == ""
    monkeypatch.delenv("EXPERIMENT_PREFIX")
    connect(name)
    assert capsys.readouterr().out == ""  # this machine's own
    # An address elsewhere that reaches this server all the same: it serves as a proxy.
    monkeypatch.setenv("http_proxy", tracking_uri)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://10.0.0.1:8080")
    connect(name)
    assert "Set EXPERIMENT_PREFIX to keep your runs apart." in capsys.readouterr().out
    monkeypatch.setenv("EXPERIMENT_PREFIX", name[:5])
    connect(name[5:])
    assert capsys.readouterr().out == ""


def test_an_experiment_needs_a_name() -> None:
    for name in ("", "  ", None):
        with pytest.raises(ValueError, match="needs a name"):
            connect(name)


def test_a_prefix_that_the_name_begins_with_is_put_before_it(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefix := experiment.name[:-4])
    found = connect(experiment.name)
    assert found.name == prefix + experiment.name
    assert find_experiment(experiment.name) == find_experiment(found) == found
    mlflow.delete_experiment(found.experiment_id)


def test_a_parent_run_whose_block_is_interrupted_is_failed(experiment: Experiment) -> None:
    with pytest.raises(KeyboardInterrupt), parent_run("parent", {}) as parent:
        raise KeyboardInterrupt
    assert mlflow.get_run(parent.info.run_id).info.status == "FAILED"
    assert mlflow.active_run() is None
