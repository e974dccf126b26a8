"""A tracking server that is too busy, is killed in the middle of a cell, and comes back."""

from __future__ import annotations

import time
from threading import Timer
from typing import Any

import mlflow
import psutil
import pytest
from jupyter_client.manager import run_kernel

from exercises.nest import check
from helpers import ServerUnreachable, connect
from helpers.server import EmbeddedServer
from tools.servers import temporary_server

AS_LESSON_02_DOES = """
with mlflow.start_run(run_name="a parent"):
    for number in range(10_000):
        with mlflow.start_run(run_name=f"run_{number}", nested=True):
            mlflow.log_metric("metric1", 0.5)
"""


def kill(server: EmbeddedServer) -> None:
    family = server.processes()
    for process in family:
        process.kill()
    psutil.wait_procs(family)


def kill_when_children_have_finished(server: EmbeddedServer, experiment_id: str) -> None:
    finished = "attributes.status = 'FINISHED'"
    while len(mlflow.search_runs([experiment_id], finished)) < 5:
        time.sleep(0.05)
    kill(server)


def test_a_busy_server_is_waited_for_and_a_lost_one_is_named_in_a_sentence_in_any_cell(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[dict[str, Any]] = []
    with temporary_server() as server, run_kernel() as kernel:

        def run(code: str) -> dict[str, Any]:
            told.clear()
            return kernel.execute_interactive(
                code, timeout=120, output_hook=lambda message: told.append(message["content"])
            )["content"]

        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        family = server.processes()
        wake = Timer(6, lambda: [process.resume() for process in family])
        for process in family:
            process.suspend()
        wake.start()
        experiment = connect("own calls")
        assert "is busy. Waiting for its answer" in capsys.readouterr().out

        run(f"import os; os.environ['MLFLOW_TRACKING_URI'] = {server.url!r}")
        run("os.environ['MLFLOW_HTTP_REQUEST_MAX_RETRIES'] = '1'")
        assert run("import mlflow, helpers; helpers.connect('own calls')")["status"] == "ok"
        Timer(0, kill_when_children_have_finished, (server, experiment.experiment_id)).start()
        (sentence,) = run(AS_LESSON_02_DOES)["traceback"]
        assert "went away during the cell" in sentence
        (folded,) = [m["data"]["text/html"] for m in told if "text/html" in m.get("data", {})]
        assert "Max retries exceeded" in folded
        with pytest.raises(ServerUnreachable, match="docker compose up"):
            check(print)

        server.start()
        assert run("helpers.connect('own calls')")["status"] == "ok"
        assert "'a parent' could not be ended" in "".join(m.get("text", "") for m in told)
        runs = mlflow.search_runs([experiment.experiment_id])
        assert set(runs["status"]) == {"FINISHED", "FAILED"}
        error = run("mlflow.get_run('no such run')")  # MLflow's other errors are as they were
        assert error["ename"] == "MlflowException"

        def nest(name: str, values: list[object]) -> None:
            with mlflow.start_run():
                kill(server)

        with pytest.raises(ServerUnreachable, match="went away during the check"):
            check(nest)
        assert mlflow.active_run() is None
    mlflow.set_tracking_uri(tracking_uri)
