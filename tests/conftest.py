"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import random
import re
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:  # with several workers, pytest's first process runs no test and needs no MLflow
    from helpers.tracking import Experiment


@pytest.fixture
def tracking_uri() -> str:
    """The address of the tracking server that tests/plugin.py started."""
    return os.environ["MLFLOW_TRACKING_URI"]


@pytest.fixture
def experiment(tracking_uri: str) -> Iterator[Experiment]:
    """An empty experiment of the test's own, active, with the same random numbers every time."""
    import mlflow

    from helpers import connect

    random.seed(0)
    yield connect(f"test {uuid.uuid4().hex[:8]}")
    mlflow.set_tracking_uri(tracking_uri)  # also when the test went elsewhere
    while mlflow.active_run():
        mlflow.end_run("KILLED")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of all HTTP requests that the test sends."""
    paths: list[str] = []
    send = requests.Session.send

    def counted(self: requests.Session, request: requests.PreparedRequest, **options: object):
        paths.append(request.path_url)
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", counted)
    return paths


class ByFile(LoadFileScheduling):
    """Gives each worker a file at a time; the answers, hundreds in one file, go by exercise.

    A class to grade takes minutes, so each goes by itself. All files about the shared server go
    together: one start of it is for all. So do those that need a browser: npm installs for all.
    """

    def _split_scope(self, nodeid: str) -> str:
        groups = r"test_(shared_server|browser)|test_answers.py::\w+\[\w+|test_make_grade.py::.*"
        match = re.search(groups, nodeid)
        return match[0] if match else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Take that in place of xdist's own `--dist loadfile`."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None
