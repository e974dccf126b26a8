"""helpers.server: a real server starts, is found and stops; every failure is a sentence."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import psutil
import pytest

from helpers.server import EmbeddedServer, ServerError
from tests.shared import shared_machine
from tools.servers import free_url

STOPPED = "The embedded tracking server is stopped.\n"


def processes_of(folder: Path) -> list[psutil.Process]:
    """Every process whose command line names the folder; one that has ended has none."""
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if str(folder) in " ".join(one.info["cmdline"] or [])]


def test_a_server_that_dies_while_starting_leaves_its_log_and_no_process(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "mlflow.db") as database:  # as a newer MLflow would leave it
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
    database.close()
    with pytest.raises(ServerError, match="did not answer within 0 s"):
        EmbeddedServer(tmp_path, free_url()).start(timeout=0)
    assert processes_of(tmp_path) == []
    with pytest.raises(ServerError, match=r"(?s)ended while starting.*from_the_future"):  # its log
        EmbeddedServer(tmp_path, free_url()).start()
    assert processes_of(tmp_path) == []


# The servers of this folder and of another copy of the course, one command after the other.
TWO_COPIES = """
import os, signal, subprocess, sys
ours = [sys.executable, "-m", "tools.tracking_server"]
another = "import sys; from helpers.server import EmbeddedServer as Server;"
another += "getattr(Server('another copy'), sys.argv[1])()"
other = [sys.executable, "-c", another]
kernel = [sys.executable, "-m", "IPython", "-c", "from helpers import connect; print(connect('a'))"]
jupyter = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
jupyter += ["--ServerApp.jpserver_extensions=tools.jupyter=True"]
named = {"MLFLOW_TRACKING_URI": "http://localhost:8080"}

def run(*command, until="", signal=0, **settings):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, env=os.environ | settings, **pipes) as process:
        for line in process.stdout:
            print(line, end="")
            if until and until in line:
                process.send_signal(signal)
    print("---", flush=True)

run(*other, "start")
run(*kernel)
run(*ours, "start")
run(*kernel)
run(*ours, "start")
run(*ours, "start", MLFLOW_TRACKING_URI="http://localhost:8085")
run(*ours, "stop")
run(*ours, "stop")
run(*jupyter, until="is running at", signal=signal.SIGHUP)
run(*jupyter, until="is running at", signal=signal.SIGTERM, JUPYTERHUB_USER="ada", **named)
run(*ours, "start", **named)
run(*ours, "stop", **named)
run(*other, "stop")
"""


def alone(program: str, folder: Path) -> str:
    """What a program says on a machine of which no port is taken, and where nothing is set."""
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap, for a machine without taken ports, is not installed")
    names = ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI", "EXPERIMENT_PREFIX")
    unset = [word for name in names for word in ("--unsetenv", name)]
    home = ["--setenv", "HOME", str(folder), "--setenv", "XDG_DATA_HOME", str(folder)]
    return subprocess.check_output(
        [*shared_machine("--unshare-net", *unset, *home), sys.executable, "-c", program],
        cwd=folder,
        text=True,
    )


def test_each_copy_of_the_course_and_jupyter_find_their_own_server_and_name_the_others(
    tmp_path: Path,
) -> None:
    _, lost, start, kernel, *said = alone(TWO_COPIES, tmp_path).split("---\n")
    again, elsewhere, stop, gone, jupyter, hub, theirs, not_ours, ending, _ = said
    whose = f"The server at http://localhost:8080 is that of {tmp_path / 'another copy'}."
    assert lost.startswith(f"ServerUnreachable: Nothing answers at http://localhost:8081. {whose}")
    assert "docker compose up -d --wait" in lost
    assert "from helpers import start_server; start_server()" in lost
    assert "Traceback" not in lost
    for text in (jupyter, start):
        assert whose in text
        assert "The tracking server of this folder is at 8081." in text
    assert "Starting the embedded tracking server at http://localhost:8081" in jupyter
    assert STOPPED in jupyter  # with Jupyter, when the terminal was closed
    found = f"racking server at http://localhost:8081, MLflow {mlflow.__version__}\n"
    ready = r"Starting the tracking server at (\S+) \.[. ]* ready\. Its runs: \1/#/\S+\n"
    assert re.search(ready, start)
    assert start.endswith(found)
    assert again == f"Embedded t{found}"
    assert kernel.startswith("a in the MLflow UI: http://localhost:8081/#/experiments/1/runs")
    assert "runs on another port. Stop it first." in elsewhere
    assert stop == ending == STOPPED
    assert gone == "No tracking server answers at http://localhost:8081.\n"
    assert "begin with 'ada-'" in hub  # others use the server too
    assert theirs == f"T{found}".replace("8081", "8080")  # Jupyter has left it
    assert "It is not the embedded one" in not_ours
    assert processes_of(tmp_path) == [*tmp_path.rglob("server.json")] == []


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
