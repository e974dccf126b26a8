"""What a cell shows of a missing name, of ■, and of a server that is busy, gone, and back again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from threading import Timer
from typing import Any

import mlflow
import psutil
import pytest
from jupyter_client.manager import run_kernel

from exercises.nest import check
from helpers import ServerUnreachable, connect
from helpers.kernel_errors import MISSING, STOPPED
from helpers.server import EmbeddedServer
from tools.temporary_server import temporary_server

Run = Callable[..., dict[str, Any]]

# The cell that is stopped, a check or a tuning; and one that works afterwards.
WAITS = {
    "from exercises.nest import check; check(lambda *_: time.sleep(60))": "assert check(print)",
    "for number in range(1000): helpers.execute_tuning(number)": "helpers.execute_tuning(0)",
}
AS_LESSON_02_DOES = """
with mlflow.start_run(run_name="a parent"):
    for number in range(10_000):
        with mlflow.start_run(run_name=f"run_{number}", nested=True):
            mlflow.log_metric("metric1", 0.5)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A server of our own, which this process and the kernel use."""
    before = mlflow.get_tracking_uri()
    with temporary_server() as started, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", started.url)
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        yield started
    mlflow.set_tracking_uri(before)


@pytest.fixture(scope="module")
def run(server: EmbeddedServer) -> Iterator[Run]:
    """What runs a cell, presses ■ two seconds later if told to, and returns what it shows."""
    with run_kernel() as kernel:

        def run(code: str, stop: bool = False) -> dict[str, Any]:
            shown: dict[str, Any] = defaultdict(str)

            def hear(message: dict[str, Any]) -> None:
                shown.update(message["content"].get("data", {}))
                shown["text"] += message["content"].get("text", "")
                if stop and message["header"]["msg_type"] == "execute_input":
                    time.sleep(2)
                    kernel.parent.interrupt_kernel()

            reply = kernel.execute_interactive(code, output_hook=hear, timeout=120)
            return shown | reply["content"]

        yield run


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


def test_a_page_that_is_loaded_again_leaves_the_seed_alone() -> None:
    """JupyterLab asks for the kernel's banner then, for which IPython would draw a tip."""
    states = []
    with run_kernel() as kernel:
        for _ in range(2):
            kernel.execute_interactive(
                "import random; print(hash(random.getstate()))",
                output_hook=lambda message: states.append(message["content"].get("text")),
                timeout=120,
            )
            kernel.kernel_info(reply=True, timeout=60)
    first, second = filter(None, states)
    assert first == second


def test_a_missing_name_comes_with_what_to_do_and_a_stopped_cell_says_so_in_a_sentence(
    run: Run,
) -> None:
    for before in ("import time", "import mlflow, helpers; helpers.connect('own calls')"):
        assert run(before)["status"] == "ok"
        missing = run("report.passed")
        assert missing["evalue"] == "name 'report' is not defined"
        for part in (missing["evalue"], MISSING):
            assert part in "\n".join(missing["traceback"])
    late = run("def late():\n    print(x)\n    x = 1\n\n\nlate()")
    assert late["ename"] == "UnboundLocalError"
    assert MISSING not in str(late["traceback"])
    for code, after in WAITS.items():
        stopped = run(code, stop=True)
        assert stopped["traceback"] == [STOPPED]
        assert "KeyboardInterrupt" in stopped["text/html"].partition("<details>")[2]
        assert run(after)["status"] == "ok"


def test_a_busy_server_is_waited_for_and_a_lost_one_is_named_in_a_sentence_in_any_cell(
    run: Run, server: EmbeddedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    family = server.processes()
    for process in family:
        process.suspend()
    Timer(6, lambda: [process.resume() for process in family]).start()
    experiment = connect("lost")
    assert "is busy. Waiting for its answer" in capsys.readouterr().out

    assert run("helpers.connect('lost')")["status"] == "ok"
    Timer(0, kill_when_children_have_finished, (server, experiment.experiment_id)).start()
    lost = run(AS_LESSON_02_DOES)
    (sentence,) = lost["traceback"]
    assert "went away during the cell" in sentence
    assert "Max retries exceeded" in lost["text/html"]  # folded
    with pytest.raises(ServerUnreachable, match="docker compose up"):
        check(print)

    server.start()
    assert "'a parent' could not end" in run("helpers.connect('lost')")["text"]
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
