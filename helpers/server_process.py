"""Run the embedded tracking server of one data folder: `python -m helpers.server_process FOLDER`.

This process holds the folder's lock while it runs. It prepares the database, runs `mlflow server`,
and stops it on SIGTERM, or when the last registered JupyterLab ends. `helpers.server` starts it.
"""

import json
import os
import platform
import shlex
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import psutil
from filelock import Timeout

from helpers.configured_server import listening_ports
from helpers.data_folder import STATE, folder_lock, open_labs, read_state
from helpers.database import URI, pragma, prepare_database
from helpers.server import DEFAULT_PORT

# This process is in the data folder, whose name may contain what a database URL does not allow.
DATA_FOLDER = Path()
RESERVATIONS: list[socket.socket] = []  # of the port; see choose_port
# docker-compose.yml has the same options and explains them.
GUNICORN = "--worker-class gthread --threads 8 --timeout 0 --graceful-timeout 1 --no-control-socket"


def main(folder: Path) -> None:
    """Lock the folder and run its server, unless another process already does."""
    os.chdir(folder)
    lock = folder_lock(DATA_FOLDER)
    while not lock.is_locked:
        with suppress(Timeout):
            lock.acquire(timeout=0.2)
        if not lock.is_locked and read_state(DATA_FOLDER):
            return
    os.truncate("server.log", 0)
    try:
        run_server(urlsplit(read_state(DATA_FOLDER).get("url", "")).port or DEFAULT_PORT)
    except Exception:
        traceback.print_exc()  # before the state goes: then whoever waits for it reads the log
        sys.exit(1)
    finally:
        Path(STATE).unlink(missing_ok=True)
        lock.release()


def run_server(port: int) -> None:
    """Run `mlflow server` until it is stopped, or the last JupyterLab ends.

    Args:
        port: the port to listen on, if it is free.
    """
    stopped, listened = Event(), Event()
    hold_standard_input()
    Thread(target=stop_when_unused, args=(stopped, listened), daemon=True).start()
    for _ in range(3):  # again if another process takes the port before this server can
        port = choose_port(port)
        write_state(port)
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())  # until MLflow sets its own handler
        from mlflow.cli import cli

        prepare_database()
        if not stopped.is_set():
            cli(["server", *options(port)], standalone_mode=False)
            pragma("wal_checkpoint(TRUNCATE)")  # so that a copy of mlflow.db has all runs
        if stopped.is_set() or listened.is_set():
            return


def choose_port(preferred: int) -> int:
    """Return a port if it is free, else the default one, else one that the operating system picks.

    Reserves it by binding the UDP socket with the same number, as long as this process lives: until
    MLflow listens, two servers that start at the same time would choose the same TCP port.

    Args:
        preferred: the port to try first.
    """
    for port in (preferred, DEFAULT_PORT, 0, 0, 0):
        reservation = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as trial, suppress(OSError):
            if os.name == "posix":  # ignore connections that were closed a moment ago
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
            reservation.bind(trial.getsockname())
            RESERVATIONS.append(reservation)
            return int(trial.getsockname()[1])
        reservation.close()
    raise OSError("This machine has no free port.")


def write_state(port: int) -> None:
    """Write `server.json` atomically, so that nobody reads half of it.

    Args:
        port: where the server will listen.
    """
    state = {
        "url": f"http://localhost:{port}",
        "pid": os.getpid(),
        "host": platform.node(),
        "mlflow": version("mlflow"),
    }
    part = Path(f"{STATE}.part")
    part.write_text(json.dumps(state), encoding="utf-8")
    part.replace(STATE)


def options(port: int) -> list[str]:
    """Return options that make `mlflow server` answer this machine only.

    Args:
        port: the port to listen on.
    """
    if os.name == "posix":
        settings = shlex.join(["--config", str(Path(__file__).with_name("gunicorn_conf.py"))])
        engine = ["--gunicorn-opts", f"{GUNICORN} {settings}"]
    else:  # Windows has no gunicorn. Without a log line for each request, which nobody reads
        engine = ["--uvicorn-opts", "--no-access-log"]
    listen = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return [*listen, "--backend-store-uri", URI, "--artifacts-destination", "artifacts", *engine]


def hold_standard_input() -> None:
    """Make standard input a pipe that closes when this process ends; gunicorn_conf.py waits."""
    reader, _ = os.pipe()
    os.dup2(reader, 0)


def stop_when_unused(stopped: Event, listened: Event) -> None:
    """Stop the server when the last JupyterLab has ended, or when `stopped` is set.

    Args:
        stopped: set when the server has to stop.
        listened: set when the server has begun to listen.
    """
    labs = open_labs(DATA_FOLDER)
    while not stopped.wait(1 if listened.is_set() else 0.2):
        if any(map(listening_ports, psutil.Process().children(recursive=True))):
            listened.set()
        before, labs = labs, open_labs(DATA_FOLDER)
        if before and not labs:
            withdrawn = Path(STATE).rename(f"{STATE}.part")
            labs = open_labs(DATA_FOLDER)
            if labs:  # A new one may have read the address before.
                withdrawn.replace(STATE)
            else:
                withdrawn.unlink()
                stopped.set()
    while True:
        end_children()
        time.sleep(0.2)


def end_children() -> None:
    """Stop the processes that this one has started, and kill any that are left after 10 seconds."""
    children = psutil.Process().children(recursive=True)
    for process in children:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(children, timeout=10)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
