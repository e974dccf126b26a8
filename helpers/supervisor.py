"""Run the embedded tracking server of one data folder: `python -m helpers.supervisor FOLDER`.

This process holds the folder's lock while it runs. It runs `helpers.mlflow_server`, and stops it
when the last registered JupyterLab ends, or on SIGTERM. `helpers.server` starts it.
"""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
from contextlib import closing, suppress
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import psutil
from filelock import Timeout

from helpers.data_folder import PACKAGE, folder_lock, read_state
from helpers.server import ENVIRONMENT, PORT

STATE = Path("server.json")
LABS = Path("labs")  # a file for each JupyterLab, named by its process ID


def main(folder: Path) -> None:
    """Lock the folder and run its server, unless another process already does."""
    os.chdir(folder)
    lock = folder_lock(folder)
    while not lock.is_locked:
        with suppress(Timeout):
            lock.acquire(timeout=0.2)
        if not lock.is_locked and read_state(folder):
            return
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    os.truncate("server.log", 0)
    try:
        port = choose_port(urlsplit(read_state(folder).get("url", "")).port or PORT)
        write_state(port, ready=False)
        while not stopped.is_set() and not run_server(port, stopped):
            port = choose_port(PORT)
            write_state(port, ready=False)
    finally:
        STATE.unlink(missing_ok=True)
        lock.release()


def choose_port(*preferred: int) -> int:
    """Return the first free port of some, or one that the operating system picks.

    Args:
        *preferred: the ports to try.
    """
    for port in (*preferred, PORT, 0):
        with socket.socket() as trial, suppress(OSError):
            if os.name == "posix":  # ignore connections that were closed a moment ago
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
            return int(trial.getsockname()[1])
    raise OSError("This machine has no free port.")


def write_state(port: int, ready: bool) -> None:
    """Write `server.json` atomically, so that nobody reads half of it.

    Args:
        port: where the server listens, or will listen.
        ready: whether it listens.
    """
    state = {
        "url": f"http://localhost:{port}",
        "pid": os.getpid(),
        "host": platform.node(),
        "mlflow": version("mlflow"),
        "ready": ready,
    }
    part = STATE.with_suffix(".part")
    part.write_text(json.dumps(state), encoding="utf-8")
    part.replace(STATE)


def run_server(port: int, stopped: Event) -> bool:
    """Run the server until it ends, is stopped, or the last JupyterLab ends.

    Args:
        port: the port to listen on.
        stopped: set to stop the server.

    Returns:
        False if another process took the port before this server could.
    """
    server = subprocess.Popen(
        [sys.executable, "-m", "helpers.mlflow_server", str(port)],
        env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(PACKAGE.parent)},
        stdin=subprocess.PIPE,  # which gunicorn_conf.py watches
    )
    family: list[psutil.Process] = []
    labs: dict[Path, psutil.Process] = {}
    ready = False
    while server.poll() is None and not stopped.is_set():
        if not ready:
            family = descendants(server.pid)
            if ready := any(listens(process, port) for process in family) and answers(port):
                write_state(port, ready)
        had_labs = bool(labs)
        labs = living_labs(labs)
        if had_labs and not labs and leave(port, ready):
            break
        stopped.wait(1 if ready else 0.2)
    end(server, {*family, *descendants(server.pid)})
    return ready or stopped.is_set() or choose_port(port) == port


def descendants(pid: int) -> list[psutil.Process]:
    """Return all descendants of a process."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


def listens(process: psutil.Process, port: int) -> bool:
    """Tell whether a process listens on a port."""
    with suppress(psutil.Error):
        connections = process.net_connections("tcp")
        return any(c.laddr.port == port and c.status == psutil.CONN_LISTEN for c in connections)
    return False


def answers(port: int) -> bool:
    """Tell whether the web server on a port of this machine answers, so MLflow is loaded."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection, suppress(OSError):
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    return False


def living_labs(known: dict[Path, psutil.Process]) -> dict[Path, psutil.Process]:
    """Return the running JupyterLabs by their files, and remove the files of those that ended.

    If a process started at a different time than its file says, it has only reused the process ID.

    Args:
        known: those that were running at the last call.
    """
    labs = {}
    for path in LABS.glob("*"):
        with suppress(psutil.NoSuchProcess, ValueError):
            lab = known.get(path) or psutil.Process(int(path.name))
            same = path in known or abs(lab.create_time() - float(path.read_text())) < 2
            if same and lab.is_running() and lab.status() != psutil.STATUS_ZOMBIE:
                labs[path] = lab
                continue
        path.unlink(missing_ok=True)
    return labs


def leave(port: int, ready: bool) -> bool:
    """Withdraw the address; tell whether that is final, because no new JupyterLab uses it."""
    STATE.unlink()
    if not living_labs({}):
        return True
    write_state(port, ready)
    return False


def end(server: subprocess.Popen[bytes], family: set[psutil.Process]) -> None:
    """Stop the server and its processes, and kill any that are left after 10 seconds."""
    if server.stdin:
        server.stdin.close()
    server.terminate()
    _, alive = psutil.wait_procs(family, timeout=10)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
