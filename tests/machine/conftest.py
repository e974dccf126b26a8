"""Fixtures of the tests that need a browser, a hub or containers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import pytest

from helpers.tracking import prefixed
from tests.shared import (
    NAME,
    SITE_HUB,
    SITE_REPOSITORY,
    SMALL,
    STUDENTS,
    Classroom,
    skip_without_shared_server,
)
from tools.browser import chromium, find_chromium
from tools.containers import shared_server
from tools.drive_lab import MAKE, Lab, Notebook, jupyterlab
from tools.lesson_list import ROOT
from tools.temporary_server import free_url

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

NPM = ("axe-core@4.14.1", "configurable-http-proxy@5.3.0")


# Of this module, not of the session: while playwright is at work, no other test in the same process
# can use asyncio.
@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser without a profile: the MLflow Assistant opens, as it does the first time."""
    pytest.importorskip("playwright", reason="needs playwright: make setup EXTRAS=1")
    if find_chromium() is None:
        pytest.skip("needs Chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("chromium"), assistant=True) as started:
        yield started


@pytest.fixture(scope="module")
def page(window: BrowserContext) -> Page:
    return window.new_page()


@pytest.fixture(scope="module")
def lab(window: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with jupyterlab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture
def lesson_06(page: Page, lab: Lab) -> Iterator[Notebook]:
    """Lesson 06 in JupyterLab, after all its cells have run; its runs are deleted afterwards."""
    lesson = lab.open(page, "06_look_at_a_sweep")
    lesson.start()
    lesson.finish()
    yield lesson
    runs = mlflow.search_runs(experiment_names=[prefixed("browser-Look at a Sweep")])
    for run_id in runs["run_id"]:
        mlflow.delete_run(run_id)


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what npm has: the rules for accessible pages, and JupyterHub's own proxy."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm: sudo apt install npm")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *NPM]
    if subprocess.run(command).returncode:
        pytest.skip(f"npm cannot install {' '.join(NPM)}")
    return folder / "node_modules"


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    """The shared server, started once for all its tests, with accounts for two students."""
    skip_without_shared_server()
    folder, url = tmp_path_factory.mktemp("classroom"), free_url()
    with shared_server(folder, url, SMALL, CLASSROOM_NAME=NAME) as server:
        started = Classroom(server, url, folder / "accounts")
        done = started.make_accounts(STUDENTS)
        assert done.returncode == 0, done.stderr
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, as `make site` makes it, for all that read it in a browser."""
    pytest.importorskip("myst_nb", reason="needs Sphinx: make setup EXTRAS=1")
    folder = tmp_path_factory.mktemp("site")
    options = (f"SITE={folder}", f"SITE_REPOSITORY={SITE_REPOSITORY}", f"SITE_HUB={SITE_HUB}")
    subprocess.run([*MAKE, "site", *options], cwd=ROOT, check=True)
    return folder / "html"
