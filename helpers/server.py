"""Own the embedded tracking server: start it, stop it, and say where it is.

It is the same `mlflow server` as docker-compose.yml runs, as a process of this machine, without a
container engine. Its data folder has one owner, the process `helpers.supervisor`, which holds the
lock `server.lock` as long as it lives and keeps `server.json`. In a terminal:
`python -m helpers start | stop | status`.
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

import psutil
from filelock import Timeout

from helpers import address
from helpers.address import named_url, use
from helpers.data_folder import PACKAGE, data_dir, folder_lock, read_state

PORT = 8080  # if it is free
RUNS = "/#/experiments?workflowType=machine_learning"  # else the UI opens its pages for GenAI
ENVIRONMENT = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


class ServerError(RuntimeError):
    """The embedded tracking server cannot be started; the message says why and what to do."""


class EmbeddedServer:
    """The tracking server of one data folder.

    Attributes:
        folder: database, artifacts, log, lock and `server.json`; made when the server starts.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder or data_dir()).resolve()
        self._state_file = self.folder / "server.json"
        self._log = self.folder / "server.log"

    @property
    def state(self) -> dict[str, Any]:
        """What `server.json` says, while its server runs or starts; empty if there is none.

        `url` is the address, `pid` the supervisor's process ID, `mlflow` the version; `ready` tells
        whether the server listens.
        """
        state = read_state(self._state_file)
        here = state.get("host") == platform.node() and psutil.pid_exists(state["pid"])
        return state if here and self._is_owned() else {}

    @property
    def url(self) -> str:
        """The server's address, answering or still starting; empty if it does not run."""
        return str(self.state.get("url", ""))

    def _is_owned(self) -> bool:
        """Tell whether a supervisor holds the lock of the folder."""
        try:
            with folder_lock(self.folder).acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # the folder is not ours, or knows no locks: no supervisor can own it
            return False

    def processes(self) -> list[psutil.Process]:
        """Return the live processes of this server, the supervisor first."""
        if state := self.state:
            with suppress(psutil.NoSuchProcess):
                supervisor = psutil.Process(state["pid"])
                if "helpers.supervisor" in supervisor.cmdline():
                    return [supervisor, *supervisor.children(recursive=True)]
        return []

    def status(self) -> str:
        """Say in a sentence where this server listens; else return ""."""
        state = self.state
        if not state.get("ready"):
            return ""
        return f"Embedded tracking server at {state['url']}, MLflow {state['mlflow']}"

    def start(self, timeout: float = 300) -> str:
        """Start the server and wait until it listens, unless it does; return its `status`.

        Args:
            timeout: the longest wait, in seconds; a start takes about 10.

        Raises:
            ServerError: the folder cannot be used, or the server ended while starting (with the
                last lines of its log).
        """
        if status := self.status():
            return status
        deadline = time.monotonic() + timeout
        what = "Waiting for" if self.url else "Starting"
        self.launch()
        print(f"{what} the tracking server at {self.url} ", end="", flush=True)
        while self.url and time.monotonic() < deadline:
            if status := self.status():
                print(f" ready. Its runs: {self.url}{RUNS}", flush=True)
                return status
            print(".", end="", flush=True)
            time.sleep(0.25)
        print(flush=True)
        raise self._failure(f"did not listen within {timeout:.0f} s" if self.stop() else "ended")

    def launch(self, lab: bool = False) -> None:
        """Start the server without waiting until it listens, unless it runs.

        Args:
            lab: this process is a JupyterLab; the server ends when the last one has ended.

        Raises:
            ServerError: the folder cannot be used, or the server ended at once.
        """
        try:
            (self.folder / "labs").mkdir(parents=True, exist_ok=True)
            with suppress(Timeout), folder_lock(self.folder).acquire(timeout=0):
                pass
            if lab:
                started = str(psutil.Process().create_time())
                (self.folder / "labs" / str(os.getpid())).write_text(started)
            log = self._log.open("ab")
        except OSError as error:
            raise ServerError(
                f"The data folder {self.folder} cannot be used: {error}. Some network drives allow "
                "no locks. Copy the course to a folder on a local disk that you can write to, or "
                "set MLFLOW_TRACKING_URI to the address of a tracking server."
            ) from error
        with log:
            if self.url:
                return
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "helpers.supervisor", str(self.folder)],
                cwd=PACKAGE.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a signal for the caller is not for the server
            )
        Thread(target=supervisor.wait, daemon=True).start()  # leaves no zombie
        while not self.url:
            if supervisor.poll() is not None and not self.url:
                if not self._is_owned():
                    raise self._failure("ended")
                if not read_state(self._state_file):  # its owner has just stopped
                    self.launch(lab)
                    return
                raise ServerError(
                    f"Another machine or container runs the tracking server of {self.folder}. "
                    "Stop it there, or set MLFLOW_TRACKING_URI to the address of a server."
                )
            time.sleep(0.05)

    def _failure(self, what: str) -> ServerError:
        lines = self._log.read_text(errors="replace").splitlines()[-12:]
        end = "\n    ".join(lines)
        return ServerError(f"The server {what} while starting. The end of {self._log}:\n    {end}")

    def stop(self) -> bool:
        """Stop the server, and kill what lives on; return whether there was one, and say so."""
        running = self.processes()
        if not running:
            return False
        with suppress(psutil.NoSuchProcess):
            running[0].terminate()  # it ends the others, and lets an upgrade of the database finish
        with suppress(Timeout), folder_lock(self.folder).acquire(timeout=60):
            self._state_file.unlink(missing_ok=True)
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        print("The embedded tracking server is stopped.")
        return True


def default_url() -> str:
    """Return where the tracking server is, or was last: as named, else as the data folder says."""
    last = os.environ.get("MLFLOW_TRACKING_URI") or f"http://localhost:{PORT}"
    return named_url() or EmbeddedServer().url or last


def use_running_server() -> None:
    """Let MLflow log to the embedded server if it runs, unless another one is named."""
    if not named_url() and (url := EmbeddedServer().url):
        use(url)


def status() -> str:
    """Say in a sentence which tracking server answers, the named or the embedded one; else ""."""
    if not (url := named_url()):
        return EmbeddedServer().status()
    try:
        return f"Tracking server at {url}, MLflow {address.probe(url)}"
    except ConnectionError:
        return ""


def start_server() -> str:
    """Start the embedded tracking server and wait until it listens, unless another one is named.

    Returns:
        Which server answers now, in a sentence.

    Raises:
        ServerError: it cannot be started, or the named one does not answer; the message says why
            and what to do.
    """
    if url := named_url():
        if answering := status():
            return answering
        raise ServerError(
            f"Nothing answers at {url}, which MLFLOW_TRACKING_URI names. Start that server, or "
            "unset MLFLOW_TRACKING_URI to use the embedded one."
        )
    started = EmbeddedServer().start()
    use_running_server()
    return started
