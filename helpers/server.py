"""Start and stop the embedded tracking server, and ask how it is.

It is the same `mlflow server` as docker-compose.yml runs, as a process of this machine, without a
container engine. In a shell: `python -m tools.tracking_server start | stop`.
"""

import json
import os
import socket
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import psutil

from helpers import address


class ServerError(RuntimeError):
    """The embedded tracking server cannot be started; the message says why and what to do."""


class EmbeddedServer:
    """The tracking server of one data folder, where `server.json` says which process it is.

    Attributes:
        folder: database, artifacts, log and `server.json`; made when the server starts.
        named: the address that it must have, if somebody said so.
        url: where it is, or would be started: as named, or as its folder says.
    """

    def __init__(self, folder: Path | str | None = None, url: str | None = None) -> None:
        self.folder = Path(folder or address.data_dir()).resolve()
        self._note = self.folder / "server.json"
        self.named = url or address.named_url()
        ours = (port for port in address.PORTS if self._may_use(port))
        self.url = self.named or f"http://localhost:{self.running_port() or next(ours)}"
        self.port = urlsplit(self.url).port or 80

    @property
    def at_url(self) -> bool:
        """Whether the server of this folder is at `url`, answering or still starting."""
        return address.is_here(self.url) and self.running_port() == self.port

    def running_port(self) -> int:
        """Return the port of this server, answering or still starting; 0 if it does not run."""
        return self._noted()["port"] if self.processes() else 0

    def _may_use(self, port: int) -> bool:
        """Tell whether what is at a port is neither another user's nor another copy's."""
        return not address.is_foreign(port) and address.folder_at(port) in (None, self.folder)

    def processes(self) -> list[psutil.Process]:
        """Return the live processes of this server, the first one first."""
        if noted := self._noted():
            with suppress(psutil.Error):  # it has ended
                first = psutil.Process(noted["pid"])
                words = first.cmdline()  # none in a process's first moment
                ours = not words or str(self.folder / "artifacts") in words
                mine = first.username() == psutil.Process().username()
                if ours and mine and first.status() != psutil.STATUS_ZOMBIE:
                    return [first, *first.children(recursive=True)]
        return []

    def _noted(self) -> dict[str, int]:
        """Return what `server.json` says of the server that was started last."""
        try:
            noted: dict[str, int] = json.loads(self._note.read_text(encoding="utf-8"))
        except OSError:  # none was started, or the folder is not ours
            return {}
        return noted

    def status(self) -> str:
        """Say in a sentence which server answers at `url`, this one or another; else return ""."""
        try:
            version = address.probe(self.url)
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
        deadline = time.monotonic() + timeout
        what = "Waiting for" if self.at_url else "Starting"
        if not self.at_url:
            self.launch()
        print(f"{what} the tracking server at {self.url} ", end="", flush=True)
        while self.at_url and time.monotonic() < deadline:
            if answering := self.status():
                print(f" ready. Its runs: {self.url}{address.RUNS}", flush=True)
                return answering
            print(".", end="", flush=True)
            time.sleep(0.25)
        print(flush=True)
        reason = f"did not answer within {timeout:.0f} s" if self.stop() else "ended"
        log = self.folder / "server.log"
        tail = "\n    ".join(log.read_text(errors="replace").splitlines()[-12:])
        raise ServerError(f"The server {reason} while starting. The end of {log}:\n    {tail}")

    def launch(self) -> None:
        """Start the server's process without waiting until it answers, and note where it is.

        Raises:
            ServerError: the process cannot be started.
        """
        with self._claim_port() as held, self._open_folder() as log:
            popen = subprocess.Popen(
                address.command(self.port, self.folder),
                cwd=self.folder,
                env=os.environ | address.ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a signal for the caller is not for the server
                pass_fds=[held.fileno()] if os.name == "posix" else [],  # while it lives
            )
            part = self._note.with_suffix(".part")
            part.write_text(json.dumps({"port": self.port, "pid": popen.pid}))
            part.replace(self._note)  # nobody reads half of it
        popen.returncode = 0  # or Python would warn of a process that outlives this object

    def stop(self) -> bool:
        """Stop the server, and kill what lives on; return whether there was one, and say so."""
        family = running = self.processes()
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for process in running:
                with suppress(psutil.NoSuchProcess):
                    end(process)
            running = psutil.wait_procs(running, timeout=10)[1]
        if family:
            self._note.unlink(missing_ok=True)
            print("The embedded tracking server is stopped.")
        return bool(family)

    def _claim_port(self) -> socket.socket:
        """Claim the port that was named, else the first free one; say so if that is another."""
        if not address.is_here(self.url):
            raise ServerError(f"{self.url} is not on this machine. Start the server there.")
        if self.processes():
            raise ServerError(f"The server of {self.folder} runs on another port. Stop it first.")
        ports = [self.port] if self.named else address.PORTS
        for port in ports:
            if held := address.claim(port):
                if port > ports[0]:
                    theirs = address.anothers(self.folder) or f"Port {ports[0]} is taken."
                    print(f"{theirs} The tracking server of this folder is at {port}.")
                self.url, self.port = self.named or f"http://localhost:{port}", port
                return held
        raise ServerError(f"Port {self.port} is taken. Free it, or unset MLFLOW_TRACKING_URI.")

    def _open_folder(self) -> BinaryIO:
        """Make the folder; write-ahead logging: one flush to disk a commit instead of three.

        Returns:
            The server's log, which begins anew.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.folder / "mlflow.db")) as database:
                database.execute("PRAGMA journal_mode=WAL")
            return (self.folder / "server.log").open("wb")
        except (OSError, sqlite3.Error) as error:
            raise ServerError(f"The data folder {self.folder} cannot be used: {error}.") from error


def default_url() -> str:
    """Return where the tracking server is: `MLFLOW_TRACKING_URI`, else as the data folder says."""
    return EmbeddedServer().url


def start_server() -> str:
    """Start the embedded tracking server and wait until it answers, unless one answers already.

    Returns:
        Which server answers now, in a sentence.

    Raises:
        ServerError: it cannot be started; the message says why and what to do.
    """
    return EmbeddedServer().start()
