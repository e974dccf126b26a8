"""The embedded tracking server as one object."""

import os
import socket
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from helpers.server.settings import ENVIRONMENT, command, data_dir, default_url, is_here, probe

_spawned: list[subprocess.Popen[bytes]] = []  # Python warns of those that it loses sight of


class ServerError(RuntimeError):
    """The embedded tracking server cannot be started; the message says why and what to do."""


class EmbeddedServer:
    """The tracking server of one data folder, found by whoever needs it among the processes.

    Attributes:
        folder: database, artifacts and log; made when the server starts.
        url: where it is, or would be started.
        port: the port of that address.
    """

    def __init__(self, folder: Path | str | None = None, url: str | None = None) -> None:
        self.folder = Path(folder or data_dir()).resolve()
        self.url = url or default_url()
        self.port = urlsplit(self.url).port or 80

    @property
    def at_url(self) -> bool:
        """Whether the server of this folder is at `url`, answering or still starting."""
        first = self.processes()[:1]
        return is_here(self.url) and any(str(self.port) in p.info["cmdline"] for p in first)

    def processes(self) -> list[psutil.Process]:
        """Return the live processes of this server, the first one first."""
        mark = {"server", "--port", str(self.folder / "artifacts")}
        for process in psutil.process_iter(["cmdline"]):
            if mark <= set(process.info["cmdline"] or ()):
                with suppress(psutil.NoSuchProcess):
                    return [process, *process.children(recursive=True)]
        return []

    def status(self) -> str:
        """Say in a sentence which server answers at `url`, this one or another; else return ""."""
        try:
            version = probe(self.url)
        except ConnectionError:
            return ""
        kind = "Embedded tracking server" if self.at_url else "Tracking server"
        return f"{kind} at {self.url}, MLflow {version}"

    def start(self, timeout: float = 120) -> str:
        """Start the server and wait until it answers, unless one does; return its `status`.

        Args:
            timeout: the longest wait, in seconds; a start takes about 10.

        Raises:
            ServerError: the address is on another machine, the port is taken, the folder cannot be
                used, or the server died while starting (with the last lines of its log).
        """
        if answering := self.status():
            return answering
        if not self.at_url:
            self.launch()
        print(f"Starting the tracking server at {self.url} ", end="", flush=True)
        deadline = time.monotonic() + timeout
        while self.at_url and time.monotonic() < deadline:
            if answering := self.status():
                print(" ready.", flush=True)
                return answering
            print(".", end="", flush=True)
            time.sleep(0.25)
        print(flush=True)
        reason = f"did not answer within {timeout:.0f} s" if self.stop() else "ended"
        log = self.folder / "server.log"
        tail = "\n    ".join(log.read_text(errors="replace").splitlines()[-12:])
        raise ServerError(
            f"The tracking server {reason} while starting. The last lines of {log}:\n    {tail}"
        )

    def launch(self) -> None:
        """Start the server's process without waiting for it; raise ServerError if it cannot be."""
        self._refuse_what_cannot_work()
        self._prepare_folder()
        with (self.folder / "server.log").open("wb") as log:
            popen = subprocess.Popen(
                command(self.port, self.folder),
                cwd=self.folder,
                env=os.environ | ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a signal for the caller is not for the server
            )
        _spawned.append(popen)

    def stop(self) -> bool:
        """Stop the server, and kill what lives on; return whether there was one, and say so."""
        family = alive = self.processes()
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for process in alive:
                with suppress(psutil.NoSuchProcess):
                    end(process)
            alive = psutil.wait_procs(alive, timeout=10)[1]
        if family:
            print("The embedded tracking server is stopped.")
        return bool(family)

    def _refuse_what_cannot_work(self) -> None:
        if not is_here(self.url):
            raise ServerError(
                f"{self.url} is not an address of this machine. Start the server there."
            )
        with socket.socket() as taken:
            if taken.connect_ex(("127.0.0.1", self.port)) == 0:
                raise ServerError(
                    f"Port {self.port} is taken by something that is not a working tracking server."
                    " End it, or choose another: export MLFLOW_TRACKING_URI=http://localhost:8090"
                )
        if self.processes():
            raise ServerError(
                f"The server of {self.folder} runs already, on another port. Stop that one first."
            )

    def _prepare_folder(self) -> None:
        """Make the folder; write-ahead logging: one flush to disk a commit instead of three."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.folder / "mlflow.db")) as database:
                database.execute("PRAGMA journal_mode=WAL")
        except (OSError, sqlite3.Error) as error:
            raise ServerError(f"The data folder {self.folder} cannot be used: {error}.") from error
