"""The tracking server that a class will use, while it is checked before class.

Judges the address that was named, keeps the check's experiments apart from the class's and removes
them, and notices when the server stops.
"""

from __future__ import annotations

import _thread
import os
import platform
import signal
import threading
import time
import uuid
from contextlib import suppress
from types import FrameType
from urllib.parse import urlsplit

import psutil

from helpers import server

HOMES = ("container", "embedded")
_MARK = "nbval-"
_HOUR = 3600


class AddressError(ValueError):
    """What was named is no address of a tracking server that answers; the message says why."""


def probed(address: str) -> str:
    """Return the MLflow version of the server at an address.

    Args:
        address: what was named on the command line.

    Raises:
        AddressError: it is no address, or no working tracking server answers there.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError(
            f"{address!r} is neither {' nor '.join(HOMES)} nor an address such as "
            "http://localhost:8080."
        )
    try:
        return server.probe(address.rstrip("/"))
    except ConnectionError as error:
        raise AddressError(
            f"{error} Does the server speak {parts.scheme}, and at that port? The course's own "
            "servers speak http, at 8080."
        ) from None


def own_prefix() -> str:
    """Return a prefix for the experiments of one check, that says whose it is."""
    return f"{_MARK}{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}-"


def remove_experiments(prefix: str) -> None:
    """Delete the experiments of this check, and those that a killed one has left behind.

    Those of another machine, which may still be at work, are left for an hour.

    Args:
        prefix: of this check's experiments.
    """
    import mlflow

    client = mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    for experiment in client.search_experiments(filter_string=f"name LIKE '{_MARK}%'"):
        age = time.time() - (experiment.creation_time or 0) / 1000
        if experiment.name.startswith(prefix) or age > _HOUR or _is_orphan(experiment.name):
            client.delete_experiment(experiment.experiment_id)


def _is_orphan(name: str) -> bool:
    """Tell whether the check that made an experiment ran on this machine and is gone."""
    here, _, rest = name.removeprefix(_MARK).partition(f"{platform.node()}-")
    pid = rest.partition("-")[0]
    return not here and pid.isdigit() and not psutil.pid_exists(int(pid))


class ServerStopped(KeyboardInterrupt):
    """Ends the check as Ctrl-C does: the tracking server has stopped answering."""


class ServerWatch:
    """Raises ServerStopped in the main thread when a server has stopped answering."""

    def __init__(self, url: str, seconds: float = 2) -> None:
        self.url, self.seconds = url, seconds
        self.gone = ""  # the sentence that says so
        self._over = threading.Event()
        self._interrupting = False
        self._thread = threading.Thread(target=self._look_again_and_again, daemon=True)

    def start(self) -> None:
        """Begin to look, every few seconds. Only the main thread may call it."""
        signal.signal(signal.SIGINT, self._interrupted)
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and interrupt nothing."""
        self._over.set()

    def look(self) -> None:
        """Ask the server; if it does not answer, ask once more, for it may have been busy."""
        try:
            server.probe(self.url, timeout=4)
        except ConnectionError:
            time.sleep(1)
            try:
                server.probe(self.url, timeout=4)
            except ConnectionError as error:
                self.gone = (
                    f"The tracking server stopped in the middle of the check. {error} Start it "
                    "again, then run the check again: nothing that it found counts."
                )

    def _look_again_and_again(self) -> None:
        while not self._over.wait(self.seconds):
            self.look()
            if self.gone:
                self._interrupting = True
                _interrupt()
                return

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if not self._interrupting:  # somebody pressed Ctrl-C
            signal.default_int_handler(number, frame)
        self._interrupting = False
        if not self._over.is_set():
            raise ServerStopped("the tracking server stopped")


def _interrupt() -> None:
    """Do as Ctrl-C does: it reaches the main thread, also while that waits, and xdist's workers."""
    if os.name != "posix":
        _thread.interrupt_main()
        return
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    for child in psutil.Process().children():
        with suppress(ProcessLookupError):  # it has just ended
            if os.getpgid(child.pid) == os.getpgrp():
                os.kill(child.pid, signal.SIGINT)
