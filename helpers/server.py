"""Start and stop the embedded tracking server, and tell where it is.

It is the same `mlflow server` that docker-compose.yml runs, but a process without a container. The
process `helpers.server_process` owns its data folder, and holds `server.lock` while it runs.
"""

import os
import platform
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import psutil
from filelock import FileLock, Timeout

from helpers import configured_server
from helpers.configured_server import configured_url, is_answering, listening_ports, use
from helpers.data_folder import (
    PACKAGE,
    STATE,
    ServerError,
    data_dir,
    folder_lock,
    is_owned,
    open_log,
    read_state,
    register_lab,
)

DEFAULT_PORT = 8080  # if it is free
UI_ROUTE = "/#/experiments?workflowType=machine_learning"  # otherwise the GenAI pages open
ENVIRONMENT = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


class EmbeddedServer:
    """The tracking server of one data folder.

    Attributes:
        folder: database, artifacts, log, lock and `server.json`; created when the server starts.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder or data_dir()).resolve()
        self._lab_lock: FileLock | None = None  # of this process, if it is a JupyterLab

    @property
    def state(self) -> dict[str, Any]:
        """The contents of `server.json` while the server runs or starts; empty otherwise."""
        state = read_state(self.folder)
        is_here = state.get("host") == platform.node() and psutil.pid_exists(state["pid"])
        return state if is_here and is_owned(self.folder) else {}

    @property
    def url(self) -> str:
        """The server's URL, even while it is still starting; empty if it is not running."""
        return str(self.state.get("url", ""))

    def processes(self) -> list[psutil.Process]:
        """Return the running processes of this server, the supervisor first."""
        if state := self.state:
            with suppress(psutil.NoSuchProcess):
                supervisor = psutil.Process(state["pid"])
                if "helpers.server_process" in supervisor.cmdline():
                    return [supervisor, *supervisor.children(recursive=True)]
        return []

    def status(self) -> str:
        """Return a sentence that says where this server listens, or ""."""
        state = self.state
        port = urlsplit(state.get("url", "")).port
        if any(port in listening_ports(process) for process in self.processes()):
            return f"Embedded tracking server at {state['url']}, MLflow {state['mlflow']}"
        return ""

    def start(self, timeout: float = 300) -> str:
        """Start the server unless it runs, wait until it listens, and return its `status`.

        Args:
            timeout: the longest wait, in seconds; a start takes about 10.

        Raises:
            ServerError: the folder cannot be used, or the server ended; the message has its log.
        """
        if status := self.status():
            return status
        deadline = time.monotonic() + timeout
        action = "Waiting for" if self.url else "Starting"
        self.launch()
        print(f"{action} the tracking server at {self.url} ", end="", flush=True)
        while self.url and time.monotonic() < deadline:
            if (status := self.status()) and is_answering(self.url):
                print(f" ready. Its runs: {self.url}{UI_ROUTE}", flush=True)
                return status
            print(".", end="", flush=True)
            time.sleep(0.25)
        print(flush=True)
        raise self._failure(f"did not listen within {timeout:.0f} s" if self.stop() else "ended")

    def launch(self, lab: bool = False) -> None:
        """Start the server unless it runs, without waiting until it listens.

        Args:
            lab: this process is a JupyterLab; the server stops when the last JupyterLab ends.

        Raises:
            ServerError: the folder cannot be used, or the server ended at once.
        """
        with open_log(self.folder) as log:
            if lab:
                self._lab_lock = register_lab(self.folder)
            while not self.url:  # again if another supervisor was just stopping
                supervisor = subprocess.Popen(
                    [sys.executable, "-m", "helpers.server_process", str(self.folder)],
                    cwd=PACKAGE.parent,
                    env=os.environ | ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # so that signals to the caller do not reach the server
                )
                Thread(target=supervisor.wait, daemon=True).start()  # leaves no zombie
                while supervisor.poll() is None and not self.url:
                    time.sleep(0.05)
                if supervisor.returncode:
                    raise self._failure("ended")
                if not self.url and is_owned(self.folder) and read_state(self.folder):
                    raise ServerError(
                        f"Another machine or container runs the tracking server of {self.folder}. "
                        "Stop it there, or set MLFLOW_TRACKING_URI to the address of a server."
                    )

    def _failure(self, what: str) -> ServerError:
        log = self.folder / "server.log"
        end = "\n    ".join(log.read_text(errors="replace").splitlines()[-12:])
        return ServerError(f"The server {what} while starting. The end of {log}:\n    {end}")

    def stop(self) -> bool:
        """Stop the server and print that; return whether it was running."""
        running = self.processes()
        if not running:
            return False
        with suppress(psutil.NoSuchProcess):
            running[0].terminate()  # it stops the others, and lets a database upgrade finish
        with suppress(Timeout), folder_lock(self.folder).acquire(timeout=60):
            (self.folder / STATE).unlink(missing_ok=True)
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        print("The embedded tracking server has stopped.")
        return True


def default_url() -> str:
    """Return the URL of the configured server, else the embedded one's, or where it was last."""
    last = os.environ.get("MLFLOW_TRACKING_URI") or f"http://localhost:{DEFAULT_PORT}"
    return configured_url() or EmbeddedServer().url or last


def use_running_server() -> None:
    """Make MLflow log to the embedded server if it runs and no other server is configured."""
    if not configured_url() and (url := EmbeddedServer().url):
        use(url)


def status() -> str:
    """Return a sentence that says which tracking server answers, or ""."""
    if not (url := configured_url()):
        return EmbeddedServer().status()
    try:
        return f"Tracking server at {url}, MLflow {configured_server.probe(url)}"
    except ConnectionError:
        return ""


def start_server() -> str:
    """Start the embedded server, unless another one is configured; return which one answers now.

    Raises:
        ServerError: it cannot be started, or the configured one does not answer. The message says
            why and what to do.
    """
    if url := configured_url():
        if answering := status():
            return answering
        raise ServerError(
            f"Nothing answers at {url}, which MLFLOW_TRACKING_URI names. Start that server, or "
            "unset MLFLOW_TRACKING_URI to use the embedded one."
        )
    started = EmbeddedServer().start()
    use_running_server()
    return started
