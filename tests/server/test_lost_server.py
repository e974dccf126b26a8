"""Errors in a notebook's cells: a tracking server that is killed, for real, and MLflow's own."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import mlflow
import psutil
import pytest
from jupyter_client.manager import run_kernel

from exercises.best_child import check
from helpers import ServerUnreachable, connect
from tools.servers import temporary_server

AS_LESSON_02_DOES = """
with mlflow.start_run(run_name="a parent"):
    for number in range(10_000):
        with mlflow.start_run(run_name=f"run_{number}", nested=True):
            mlflow.log_metric("metric1", 0.5)
"""
TWO_VALUES = """
with helpers.lost_server.parent_run("parent", {}):
    mlflow.log_param("param1", "a")
    mlflow.log_param("param1", "b")
"""


def test_a_lost_server_is_named_in_a_sentence_in_any_cell(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    with temporary_server() as server, run_kernel() as kernel:

        def run(code: str) -> dict[str, Any]:
            told.clear()
            return kernel.execute_interactive(
                code, timeout=120, output_hook=lambda message: told.append(message["content"])
            )["content"]

        def kill() -> None:
            family = server.processes()
            for process in family:
                process.kill()
            psutil.wait_procs(family)

        def kill_when_children_have_finished() -> None:
            client, ids = mlflow.MlflowClient(), [experiment.experiment_id]
            while len(client.search_runs(ids, "attributes.status = 'FINISHED'")) < 5:
                time.sleep(0.05)
            kill()

        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        experiment = connect("own calls")
        run(f"import os; os.environ['MLFLOW_TRACKING_URI'] = {server.url!r}")
        run("os.environ['MLFLOW_HTTP_REQUEST_MAX_RETRIES'] = '1'")
        assert run("import mlflow, helpers; helpers.connect('own calls')")["status"] == "ok"
        killer = threading.Thread(target=kill_when_children_have_finished)
        killer.start()
        (sentence,) = run(AS_LESSON_02_DOES)["traceback"]
        killer.join()
        assert "went away during the cell" in sentence
        assert "start_server()" in sentence
        (folded,) = [m["data"]["text/html"] for m in told if "text/html" in m.get("data", {})]
        assert "<details>" in folded
        assert "Max retries exceeded" in folded

        server.start()
        assert run("helpers.connect('own calls')")["status"] == "ok"
        assert "'a parent' could not be ended" in "".join(m.get("text", "") for m in told)
        runs = mlflow.search_runs([experiment.experiment_id])
        assert set(runs["status"]) == {"FINISHED", "FAILED"}
        error = run("mlflow.get_run('no such run')")  # MLflow's other errors are as they were
        assert error["ename"] == "MlflowException"
        assert len(error["traceback"]) > 1
        # MLflow says twice that a value cannot change: in the server's words, then in its own.
        run("import helpers.lost_server")
        shown = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(run(TWO_VALUES)["traceback"]))
        said = re.findall(r"(?m)^(\w+) +Traceback \(most recent call last\)", shown)
        assert said == ["RestException", "MlflowException"]
        assert "During handling of the above exception, another exception occurred" in shown

        def execute_tuning(test_no, first=0, second=0, label="", num_child_runs=5):
            with mlflow.start_run():
                kill()

        with pytest.raises(ServerUnreachable, match="went away during the check"):
            check(execute_tuning)
        assert mlflow.active_run() is None
    mlflow.set_tracking_uri(tracking_uri)
