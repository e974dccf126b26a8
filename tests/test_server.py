"""helpers.server: a real server is started, stopped and refused; every failure is a sentence."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import psutil
import pytest
import requests

from helpers import server
from helpers.server import free_url


@pytest.fixture
def url() -> str:
    return free_url()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    server.stop_server(tmp_path / "data")


def processes_of(folder: Path) -> list[psutil.Process]:
    """Every live process whose command line names the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and str(folder.resolve()) in " ".join(
                process.cmdline()
            ):
                found.append(process)
        except psutil.Error:
            continue  # it ended while we looked
    return found


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "helpers.server", "--data-dir", str(folder), *words]


def test_a_server_starts_once_is_found_and_stops(
    url: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    monkeypatch.chdir(folder.parent)
    folder = Path(folder.name)  # a folder may be named as seen from here

    def says(*words: str, status: int = 0) -> str:
        done = subprocess.run(command(folder, *words), capture_output=True, text=True, check=False)
        assert done.returncode == status, done
        return done.stdout + done.stderr

    assert says("status", status=1) == says("stop") == f"No tracking server answers at {url}.\n"
    assert "run needs a command" in says("run", status=2)
    assert server.server_status(url, folder) is None

    said = says("start")
    assert re.match(rf"Starting the tracking server at {url} \.[. ]* ready\.\n", said)
    assert said.endswith(f"Embedded tracking server at {url}, MLflow {mlflow.__version__}\n")
    assert requests.get(f"{url}/health", timeout=5).text == "OK"
    found = server.server_status(url, folder)
    assert found
    assert found.embedded
    assert says("status") == f"{found}\n"
    assert server.start_server(url, folder) == found
    assert capsys.readouterr().out == ""  # it reported the one that runs and started no other
    with pytest.raises(server.ServerError, match="runs already, on port"):
        server.start_server(free_url(), folder)

    assert processes_of(folder)
    assert says("stop") == "The embedded tracking server is stopped.\n"
    assert processes_of(folder) == []
    assert server.server_status(url, folder) is None
    assert not server.stop_server(folder)


def test_a_port_taken_by_something_else_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(server.ServerError, match=f"Port {port} is taken"):
            server.start_server(f"http://localhost:{port}", folder)
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_named(url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(server.ServerError, match=r"data folder .* cannot be used"):
        server.start_server(url, tmp_path / "file" / "data")


def test_a_database_that_is_none_is_named(url: str, folder: Path) -> None:
    folder.mkdir()
    (folder / "mlflow.db").write_text("no database " * 100)
    with pytest.raises(server.ServerError, match="not a database"):
        server.start_server(url, folder)
    assert processes_of(folder) == []


def test_a_server_that_dies_while_starting_leaves_its_log_and_no_process(
    url: str, folder: Path
) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "mlflow.db") as database:  # as a newer MLflow would leave it
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
    database.close()
    with pytest.raises(server.ServerError) as caught:
        server.start_server(url, folder)
    assert "ended while starting" in str(caught.value)
    assert "from_the_future" in str(caught.value)  # the log says why
    assert processes_of(folder) == []
    assert server.server_status(url, folder) is None


def test_a_server_that_is_too_slow_is_ended(url: str, folder: Path) -> None:
    with pytest.raises(server.ServerError, match="did not answer within 0 s"):
        server.start_server(url, folder, timeout=0)
    assert processes_of(folder) == []


def test_an_address_elsewhere_is_not_started_here(folder: Path) -> None:
    with pytest.raises(server.ServerError, match="not an address of this machine"):
        server.start_server("http://192.0.2.1:8080", folder)


def test_a_pid_that_was_used_again_is_left_alone(url: str, folder: Path) -> None:
    folder.mkdir()
    state = {"pid": os.getpid(), "create_time": 1.0, "port": 1}
    (folder / "server.json").write_text(json.dumps(state))
    assert not server.stop_server(folder)  # or this test would have ended itself


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for another process")
def test_run_ends_the_command_and_the_server_that_it_started(url: str, folder: Path) -> None:
    sleep = [sys.executable, "-c", f"import time; time.sleep(600)  # {folder}"]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": url}
    with subprocess.Popen(
        command(folder, "run", "--", *sleep), env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        while server.server_status(url, folder) is None:
            assert run.poll() is None
            time.sleep(0.2)
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=60)
    assert "The embedded tracking server is stopped." in output
    assert processes_of(folder) == []


def test_run_leaves_a_server_that_it_found(tracking_uri: str, folder: Path) -> None:
    done = subprocess.run(
        command(folder, "run", "--", sys.executable, "-c", "raise SystemExit(3)"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3  # the command's own
    assert f"Tracking server at {tracking_uri}" in done.stdout
    assert server.probe(tracking_uri)


def test_stop_does_not_end_a_server_that_is_not_embedded(tracking_uri: str, folder: Path) -> None:
    done = subprocess.run(command(folder, "stop"), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "not the embedded one" in done.stdout
    assert server.probe(tracking_uri)
