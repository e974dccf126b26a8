"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import random
import shutil
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests

from tools.browser import chromium, find_chromium
from tools.lab import Lab, jupyterlab

if TYPE_CHECKING:  # with several workers, pytest's first process runs no test and needs no MLflow
    from playwright.sync_api import BrowserContext

    from helpers.tracking import Experiment
    from tests.shared import Classroom

# Students' code, which has no doctests, and which test_answers.py runs.
collect_ignore_glob = ["answers/*/*.py"]


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


# Of this module, not of the session as pytest-playwright's own: while playwright is at work, no
# other test in the same process can use asyncio.
@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    pytest.importorskip("playwright", reason="needs playwright: make setup EXTRAS=1")
    if find_chromium() is None:
        pytest.skip("needs Chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def lab(window: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if shutil.which("make") is None:
        pytest.skip("needs make")
    with jupyterlab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of all HTTP requests that the test sends."""
    import requests

    paths: list[str] = []
    send = requests.Session.send

    def counted(self: requests.Session, request: requests.PreparedRequest, **options: object):
        paths.append(request.path_url)
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", counted)
    return paths


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    """The shared server, started once for all its tests, with accounts for two students."""
    from classroom.server.shared_server import SETTINGS
    from tests.shared import NAME, SMALL, STUDENTS, Classroom
    from tools.containers import engine_runs, missing_images, shared_server
    from tools.servers import free_url

    if not engine_runs():
        pytest.skip("no container engine runs on this machine")
    if missing := missing_images():
        pytest.skip(f"needs images that are not here: docker pull {' '.join(missing)}")
    folder, url = tmp_path_factory.mktemp("classroom"), free_url()
    before = SETTINGS.exists()
    with shared_server(folder, url, SMALL, CLASSROOM_NAME=NAME) as server:
        started = Classroom(server, url, folder / "accounts")
        students = folder / "students.csv"
        students.write_text("\n".join(["student", *STUDENTS]))
        made = started.make_accounts(students)
        assert made.returncode == 0, made.stderr
        yield started
    assert SETTINGS.exists() == before  # an instructor's own, in the checkout, are left alone
