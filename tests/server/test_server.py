"""helpers.server: a real server starts, is shared and ends; every failure is a sentence."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import psutil
import pytest
from mlflow import MlflowClient

from helpers.server import EmbeddedServer, ServerError
from tools.lesson_list import ROOT

OLDER = ROOT / "tests" / "older_mlflow" / "sqlite.sql"  # by the oldest MLflow that is allowed
UNSET = ("MLFLOW_TRACKING_URI", "EXPERIMENT_PREFIX")
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}


class Course:
    """Another copy of the course, whose server is its own, in a folder with an odd name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "helpers", folder / "helpers")
        shutil.copy(ROOT / "pyproject.toml", folder)
        self.server = EmbeddedServer(folder / ".mlflow")
        self.environment = {k: v for k, v in os.environ.items() if k not in UNSET}
        self.environment["PYTHONPATH"] = str(folder)

    def begin(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.environment | settings,
            **PIPES,
        )

    def run(self, *command: str, **settings: str) -> str:
        """Run a command to its end; return what it printed."""
        return self.begin(*command, **settings).communicate()[0]

    def jupyter(self, **settings: str) -> tuple[subprocess.Popen[str], str]:
        """Start Jupyter; return its process, and what it prints until it is there."""
        options = ["--no-browser", "--allow-root", "--ServerApp.root_dir=."]
        jupyter = self.begin("-m", "jupyter_server", *options, **settings)
        lines = []
        for line in jupyter.stdout:
            lines.append(line)
            if "is running at" in line:
                return jupyter, "".join(lines)
        raise AssertionError("".join(lines))

    def database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.server.folder / "mlflow.db")


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    course = Course(tmp_path / ("it's 100% right?" if os.name == "posix" else "it's 100% right"))
    yield course
    course.server.stop()


def end(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.kill()
        process.stdout.close()
        process.wait()


def log_run(url: str) -> None:
    client = MlflowClient(url)
    run = client.create_run("0")
    client.log_metric(run.info.run_id, "metric1", 0.5)
    client.set_terminated(run.info.run_id)


def test_a_server_that_ends_while_starting_leaves_its_log_and_no_process(tmp_path: Path) -> None:
    with closing(
        sqlite3.connect(tmp_path / "mlflow.db")
    ) as database:  # as a newer MLflow leaves it
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
        database.commit()
    server = EmbeddedServer(tmp_path)
    with pytest.raises(ServerError, match=r"(?s)ended while starting.*from_the_future"):  # its log
        server.start()
    assert server.url == ""
    assert not (tmp_path / "server.json").exists()


def test_starts_at_once_share_one_server_which_upgrades_an_older_database(course: Course) -> None:
    course.server.folder.mkdir()
    with closing(course.database()) as database:
        database.executescript(OLDER.read_text())
    starts = [course.begin("-m", "helpers", "start") for _ in range(3)]
    answers = [start.communicate()[0].splitlines() for start in starts]
    url = course.server.url
    sentence = f"Embedded tracking server at {url}, MLflow {mlflow.__version__}"
    assert {answer[-1] for answer in answers} == {sentence}
    assert course.run("-m", "helpers", "status") == f"{sentence}\n"
    child = "from helpers import connect; connect('x'); import mlflow; mlflow.start_run()"
    assert "Traceback" not in course.run("-c", child)
    last_month = mlflow.MlflowClient(url).get_experiment_by_name("last month")
    assert len(MlflowClient(url).search_runs([last_month.experiment_id])) == 2
    with closing(course.database()) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA journal_mode").fetchall() == [("wal",)]

    # Whatever ends the supervisor ends the rest, and loses no run.
    family = course.server.processes()
    assert len(family) == 3 or os.name != "posix"
    family[0].kill()
    assert psutil.wait_procs(family, timeout=60)[1] == []
    lost = course.run("-c", child)
    assert "No tracking server runs for this copy of the course. Start the tracking" in lost
    sentence = course.server.start()  # where it was, unless another program has taken the port
    url = course.server.url
    assert len(MlflowClient(url).search_runs([last_month.experiment_id])) == 2
    named = {"MLFLOW_TRACKING_URI": url}
    assert (
        course.run("-m", "helpers", "start", **named) == f"T{sentence.removeprefix('Embedded t')}\n"
    )
    assert course.run("-m", "helpers", "stop") == "The embedded tracking server has stopped.\n"
    assert course.run("-m", "helpers", "stop") == "The embedded tracking server is not running.\n"
    assert "Start that server, or unset" in course.run("-m", "helpers", "start", **named)


@pytest.mark.skipif(os.name != "posix", reason="the log is gunicorn's, which Windows does not have")
def test_a_server_whose_port_is_taken_while_it_starts_tries_again(tmp_path: Path) -> None:
    server, log = EmbeddedServer(tmp_path), tmp_path / "server.log"
    server.launch()
    with socket.create_server(("127.0.0.1", urlsplit(server.url).port)):
        while "Can't connect to" not in log.read_text():
            time.sleep(0.1)
    try:
        assert server.start().startswith("Embedded tracking server at")
    finally:
        server.stop()


@pytest.mark.skipif(os.name != "posix", reason="Windows sends no such signals")
def test_the_last_jupyter_takes_the_server_with_it(course: Course) -> None:
    with ExitStack() as stack:
        first, printed = course.jupyter()
        second, again = course.jupyter()
        stack.callback(end, first, second)
        url, pid = course.server.url, course.server.state["pid"]
        assert f"The embedded tracking server is at {url}" in printed
        assert f"The embedded tracking server is at {url}" in again
        named, printed = course.jupyter(MLFLOW_TRACKING_URI=url, JUPYTERHUB_USER="ada")
        end(named)
        assert f"The tracking server is {url}, as MLFLOW_TRACKING_URI says." in printed
        assert "begin with 'ada-'" in printed  # others use the server too
        course.server.start()
        log_run(url)

        labs = course.server.folder / "labs"
        assert len([*labs.iterdir()]) == 2
        end(first)
        while len([*labs.iterdir()]) == 2:  # until the supervisor has seen it
            time.sleep(0.1)
        assert course.server.state["pid"] == pid
        log_run(url)
        family = course.server.processes()
        second.terminate()
        second.communicate()
        assert psutil.wait_procs(family, timeout=60)[1] == []
        assert course.server.url == ""
    with closing(course.database()) as database:
        runs = database.execute("SELECT status FROM runs").fetchall()
    assert runs == [("FINISHED",)] * 2


def test_what_gunicorn_has_read_too_early_waits_no_longer_than_it_keeps_connections(
    tracking_uri: str,
) -> None:
    """With the body of a DELETE, which MLflow leaves unread, it may read the next request."""
    with closing(HTTPConnection(urlsplit(tracking_uri).netloc, timeout=30)) as asking:
        asking.putrequest("DELETE", "/api/2.0/mlflow/logged-models/none")
        asking.putheader("Content-Length", "2")
        asking.endheaders()
        asking.getresponse().read()
        asking.send(b"{}GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        asking.sock.recv(1)  # an answer, or the end of the connection
