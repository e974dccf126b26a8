"""The tracking server that a class will use, while it is checked before class.

Judges the address that was named, keeps the check's experiments apart from the class's and removes
them, and notices when the server stops.
"""

from __future__ import annotations

import os
import platform
import re
import uuid
from urllib.parse import urlsplit

import psutil
import pytest

from helpers.address import probe

HOMES = ("container", "embedded")
_MARK = "nbval-"


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
        return probe(address.rstrip("/"))
    except ConnectionError as error:
        raise AddressError(
            f"{error} Does the server speak {parts.scheme}, and at that port? The course's own "
            "servers speak http, at 8080."
        ) from None


def own_prefix() -> str:
    """Return a prefix for the experiments of one check, that says whose it is."""
    return f"{_MARK}{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}-"


def remove_experiments(prefix: str) -> None:
    """Delete the experiments of this check, and those that a killed one on this machine has left.

    Args:
        prefix: of this check's experiments.

    Raises:
        ConnectionError: the server is gone.
    """
    import mlflow

    url = os.environ["MLFLOW_TRACKING_URI"]
    client = mlflow.MlflowClient(url)
    try:
        for experiment in client.search_experiments(filter_string=f"name LIKE '{_MARK}%'"):
            if experiment.name.startswith(prefix) or _is_orphan(experiment.name):
                client.delete_experiment(experiment.experiment_id)
    except mlflow.exceptions.MlflowException:
        probe(url, timeout=10)  # raises if the server is gone; else something else is wrong
        raise


def _is_orphan(name: str) -> bool:
    """Tell whether the check that made an experiment ran on this machine and is gone."""
    found = re.match(rf"{_MARK}{re.escape(platform.node())}-(\d+)-", name)
    return found is not None and not psutil.pid_exists(int(found[1]))


class ServerStopped(KeyboardInterrupt):
    """Ends the check as Ctrl-C does: the tracking server has stopped answering."""


class ServerWatch:
    """Looks whether the server is still there when something has failed: a plugin of pytest."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.gone = ""  # the sentence that says so

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at the server if a test has failed.

        Raises:
            ServerStopped: it is gone.
        """
        if not report.failed or self.gone:
            return
        try:
            probe(self.url, timeout=10)  # it may be busy
        except ConnectionError as error:
            self.gone = (
                f"The tracking server stopped in the middle of the check. {error} Start it "
                "again, then run the check again: nothing that it found counts."
            )
            raise ServerStopped("the tracking server stopped") from None
