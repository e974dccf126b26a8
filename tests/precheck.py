"""Check a tracking server that a class will use: its address, our experiments on it, its end."""

from __future__ import annotations

import os
import platform
import re
import uuid
from urllib.parse import urlsplit

import psutil
import pytest

from helpers.configured_server import probe

HOMES = ("container", "embedded")
_MARK = "nbval-"


class AddressError(ValueError):
    """No tracking server answers at the address; the message says why."""


def probed(address: str) -> str:
    """Return the MLflow version of the server at an address.

    Args:
        address: the value of `--tracking-server`.

    Raises:
        AddressError: it is not an address, or no working tracking server answers there.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError(
            f"{address!r} is neither {' nor '.join(HOMES)} nor an address such as "
            "http://localhost:8080."
        )
    try:
        return probe(address.rstrip("/"))
    except ConnectionError as error:
        raise AddressError(
            f"{error} Does the server speak {parts.scheme}, and at that port? The course's own "
            "servers speak http, at 8080."
        ) from None


def own_prefix() -> str:
    """Return a prefix for the experiments of these tests; it names the machine and the process."""
    return f"{_MARK}{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}-"


def remove_experiments(prefix: str) -> None:
    """Delete the experiments of these tests, and those of killed ones on this machine.

    Args:
        prefix: the beginning of the names of these tests' experiments.

    Raises:
        ConnectionError: the server does not answer.
    """
    import mlflow

    url = os.environ["MLFLOW_TRACKING_URI"]
    client = mlflow.MlflowClient(url)
    try:
        for experiment in client.search_experiments(filter_string=f"name LIKE '{_MARK}%'"):
            if experiment.name.startswith(prefix) or _is_orphan(experiment.name):
                client.delete_experiment(experiment.experiment_id)
    except mlflow.exceptions.MlflowException:
        probe(url, timeout=10)  # raises if the server does not answer
        raise


def _is_orphan(name: str) -> bool:
    """Tell whether the process that created an experiment ran on this machine and has ended."""
    pid = re.match(rf"{_MARK}{re.escape(platform.node())}-(\d+)-", name)
    return pid is not None and not psutil.pid_exists(int(pid[1]))


class ServerStopped(KeyboardInterrupt):
    """The tracking server stopped: ends the tests as Ctrl-C does."""


class ServerWatch:
    """A pytest plugin that asks the server for an answer after each failed test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stopped = ""  # a sentence, once the server has stopped

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Ask the server for an answer if a test has failed.

        Raises:
            ServerStopped: it does not answer.
        """
        if not report.failed or self.stopped:
            return
        try:
            probe(self.url, timeout=10)  # it may be busy
        except ConnectionError as error:
            self.stopped = (
                f"The tracking server stopped in the middle of the check. {error} Start it "
                "again, then run the check again: nothing that it found counts."
            )
            raise ServerStopped("the tracking server stopped") from None
