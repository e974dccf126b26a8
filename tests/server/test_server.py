"""helpers.server: a real server is started, stopped and refused; every failure is a sentence."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
import psutil
import pytest
import requests

from helpers import server
from helpers.server import EmbeddedServer, ServerError
from tests.shared import shared_machine
from tools.lessons import ROOT
from tools.servers import free_url, temporary_server

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")


@pytest.fixture
def url() -> str:
    return free_url()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    EmbeddedServer(tmp_path / "data").stop()


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
    return [sys.executable, "-m", "tools.tracking_server", "--data-dir", str(folder), *words]


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
    said = says("start")
    assert re.match(
        rf"Starting the tracking server at {url} \.[. ]* ready\. Its runs: {url}/#/\S+\n", said
    )
    assert said.endswith(f"Embedded tracking server at {url}, MLflow {mlflow.__version__}\n")
    assert requests.get(f"{url}/health", timeout=5).text == "OK"
    found = EmbeddedServer(folder).status()
    assert f"{found}\n" == says("status") == said.splitlines(keepends=True)[-1]
    assert EmbeddedServer(folder, url).start() == found
    assert capsys.readouterr().out == ""  # it reported the one that runs and started no other
    with pytest.raises(ServerError, match="runs on another port"):
        EmbeddedServer(folder, free_url()).start()

    told = json.loads((folder / "server.json").read_text())
    assert url.endswith(f":{told['port']}")
    (folder / "server.json").write_text(json.dumps(told | {"pid": os.getpid()}))
    assert EmbeddedServer(folder).processes() == []  # a number used again is another process
    (folder / "server.json").write_text(json.dumps(told))

    assert processes_of(folder)
    assert says("stop") == "The embedded tracking server is stopped.\n"
    assert processes_of(folder) == []
    assert not (folder / "server.json").exists()
    assert server.server_status(url) == ""
    assert not EmbeddedServer(folder).stop()


def test_a_killed_server_starts_again_with_its_data_and_a_temporary_one_leaves_nothing() -> None:
    folders: list[Path] = []

    def is_stopped() -> None:
        with temporary_server() as temporary:
            folders.append(temporary.folder)
            family = EmbeddedServer(temporary.folder).processes()
            assert family == temporary.processes() != []
            assert temporary.at_url
            assert not EmbeddedServer(temporary.folder, free_url()).at_url
            assert not EmbeddedServer(temporary.folder, f"http://192.0.2.1:{temporary.port}").at_url
            for process in family:
                process.kill()
            psutil.wait_procs(family)
            assert processes_of(temporary.folder) == []
            assert temporary.start().startswith("Embedded")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        is_stopped()
    assert processes_of(folders[0]) == []
    assert not folders[0].exists()


def test_a_server_that_dies_while_starting_leaves_its_log_and_no_process(
    url: str, folder: Path
) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "mlflow.db") as database:  # as a newer MLflow would leave it
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
    database.close()
    with pytest.raises(ServerError, match="did not answer within 0 s"):
        EmbeddedServer(folder, url).start(timeout=0)
    assert processes_of(folder) == []
    with pytest.raises(ServerError) as caught:
        EmbeddedServer(folder, url).start()
    assert "ended while starting" in str(caught.value)
    assert "from_the_future" in str(caught.value)  # the log says why
    assert processes_of(folder) == []
    assert server.server_status(url) == ""


def test_stop_does_not_end_a_server_that_is_not_embedded(tracking_uri: str, folder: Path) -> None:
    done = subprocess.run(command(folder, "stop"), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "not the embedded one" in done.stdout
    assert server.probe(tracking_uri)


def alone(program: str, folder: Path) -> str:
    """What a program says on a machine of which no port is taken, and where nothing is set."""
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap, for a machine without taken ports, is not installed")
    names = ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI", "EXPERIMENT_PREFIX")
    unset = [word for name in names for word in ("--unsetenv", name)]
    home = ["--setenv", "HOME", str(folder), "--setenv", "XDG_DATA_HOME", str(folder)]
    done = subprocess.run(
        [*shared_machine("--unshare-net", *unset, *home), sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done
    return done.stdout


def test_a_taken_port_is_passed_over_and_the_server_is_found_again(tmp_path: Path) -> None:
    program = """
import socket, subprocess, sys
taken = socket.create_server(("127.0.0.1", 8080))
kernel = "from helpers import connect; print(connect('a'))"
for words in (["start"], ["status"], None, ["start"], ["stop"]):
    command = ["-m", "tools.tracking_server", *words] if words else ["-c", kernel]
    subprocess.run([sys.executable, *command])
"""
    start, status, kernel, again, stop = alone(program, tmp_path).strip().rsplit("\n", 4)
    assert "Port 8080 is taken. The tracking server of this folder is at 8081." in start
    assert "Starting the tracking server at http://localhost:8081" in start
    found = f"Embedded tracking server at http://localhost:8081, MLflow {mlflow.__version__}"
    assert start.endswith(found)
    assert status == again == found
    assert kernel.startswith("a in the MLflow UI: http://localhost:8081/#/experiments/1/runs")
    assert stop == "The embedded tracking server is stopped."


def test_the_server_of_another_copy_is_named_and_used_only_if_asked_for(tmp_path: Path) -> None:
    other = tmp_path / "another copy" / ".mlflow"
    program = f"""
import os, subprocess, sys
tool = [sys.executable, "-m", "tools.tracking_server"]
kernel = [sys.executable, "-m", "IPython", "-c", "from helpers import connect; connect('a')"]
other = [*tool, "--data-dir", {str(other)!r}]
subprocess.run([*other, "start"], stdout=subprocess.DEVNULL)
for command in (kernel, [*tool, "start"], [*tool, "stop"]):
    subprocess.run(command, stderr=subprocess.DEVNULL)
os.environ["MLFLOW_TRACKING_URI"] = "http://localhost:8080"
subprocess.run([*tool, "status"])
subprocess.run([*other, "stop"])
"""
    kernel, _, rest = alone(program, tmp_path).partition("Start a tracking server in one of")
    whose = f"The server at http://localhost:8080 is that of {other}. MLFLOW_TRACKING_URI="
    assert "Nothing answers at http://localhost:8081." in kernel
    assert whose in kernel
    assert f"{whose}http://localhost:8080 would use it. The tracking server of this folder" in rest
    assert "Embedded tracking server at http://localhost:8081" in rest
    assert f"Tracking server at http://localhost:8080, MLflow {mlflow.__version__}\n" in rest
    assert rest.count("The embedded tracking server is stopped.") == 2


@contextmanager
def jupyter(folder: Path, tracking_uri: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A Jupyter server whose `helpers` are no checkout, so that its data go to the folder."""
    shutil.copytree(ROOT / "helpers", folder / "installed" / "helpers")
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "installed"),
        "XDG_DATA_HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "MLFLOW_TRACKING_URI": tracking_uri,
        **settings,
    }
    switched_on = "--ServerApp.jpserver_extensions=tools.jupyter=True"
    options = ["--no-browser", "--allow-root", f"--port={free_url().rpartition(':')[2]}"]
    with subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options, switched_on],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # one that has not ended by itself would be waited for without end


def until(process: subprocess.Popen[str], words: str) -> str:
    """What the process says, up to the line with these words."""
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_the_server_that_came_with_jupyter_ends_with_it(
    url: str, tmp_path: Path, name: str
) -> None:
    with jupyter(tmp_path, url) as process:
        while not server.server_status(url):
            assert process.poll() is None
            time.sleep(0.2)
        process.send_signal(signal.Signals[name])
        output, _ = process.communicate(timeout=60)
    assert f"Starting the embedded tracking server at {url}" in output
    assert "The embedded tracking server is stopped." in output
    assert processes_of(tmp_path) == []


@posix
@pytest.mark.parametrize(("prefix", "begins"), [("b-", "b-"), ("", "ada-")])
def test_jupyter_leaves_a_server_that_it_found_and_gives_a_hubs_user_a_prefix(
    tracking_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str, begins: str
) -> None:
    monkeypatch.delenv("EXPERIMENT_PREFIX")
    settings = {"EXPERIMENT_PREFIX": prefix} if prefix else {}
    with jupyter(tmp_path, tracking_uri, JUPYTERHUB_USER="ada", **settings) as process:
        said = until(process, "is running at")
        process.terminate()
        process.communicate(timeout=60)
    assert f"Tracking server at {tracking_uri}" in said
    assert f"begin with {begins!r}" in said
    assert server.probe(tracking_uri)
