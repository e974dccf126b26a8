"""Chromium and JupyterLab for the browser tests and for `make screenshots`.

playwright is imported where it is used: the course does without it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import nbformat
import requests

from conftest import free_url
from helpers import server
from tests.student_copy import SOLVED

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

ROOT = Path(__file__).resolve().parents[1]
LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]
CHALLENGE = LESSONS[-1]
TIMEOUT = 60  # seconds: no wait is longer, however slow the machine is
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false"},
    # All cells are in the page, also those that are out of sight.
    "notebook-extension/tracker": {"windowingMode": "none"},
}
HIDE_ASSISTANT = "localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')"


def expect(actual: Locator | Page) -> Any:
    """Return playwright's assertions on a page or a part of it; they wait until they hold."""
    from playwright.sync_api import expect as expected

    return expected(actual)


def find_chromium() -> str | None:
    """Return the path of a Chromium on this machine."""
    names = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def chromium(folder: Path, *, headless: bool = True) -> Iterator[BrowserContext]:
    """Start Chromium; it reaches this machine and the tracking server, and nothing else.

    With a profile, in `folder`, as a student has: what it keeps there makes the third visit to
    the MLflow UI take half of the first one's time. While it runs, nothing else in this thread
    can use asyncio.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=TIMEOUT * 1000)
    hosts = {"localhost", "127.0.0.1", urlsplit(server.default_url()).hostname}
    reached = ", ".join(f"EXCLUDE {host}" for host in hosts)
    quiet = ["background-networking", "component-update", "sync", "default-apps"]
    options = ["--no-first-run", *(f"--disable-{what}" for what in quiet)]
    with sync_playwright() as playwright:
        window = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=find_chromium(),
            headless=headless,
            viewport={"width": 1400, "height": 900},
            args=[*options, f"--host-resolver-rules=MAP * ~NOTFOUND, {reached}"],
        )
        window.set_default_timeout(TIMEOUT * 1000)
        window.add_init_script(HIDE_ASSISTANT)
        yield window
        window.close()


def expander(page: Page, row: int) -> Locator:
    """Return what folds and unfolds the children of a run in the MLflow UI's table."""
    name = page.locator(f'[row-index="{row}"] [role=gridcell]').filter(has=page.get_by_role("link"))
    return name.get_by_role("button")


def right_answer() -> str:
    """Return the solution of the challenge."""
    cells = nbformat.read(SOLVED, as_version=4).cells
    return next(cell.source for cell in cells if "solution" in cell.metadata.get("tags", []))


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs."""

    url: str
    token: str
    start_page: str  # what `make lab` opens in the student's browser

    def open(self, page: Page, name: str) -> Notebook:
        """Open a lesson, with nothing beside it."""
        page.goto(f"{self.url}/lab/tree/notebooks/{name}.ipynb?reset&token={self.token}")
        return Notebook(page, name)

    def end_kernels(self) -> None:
        """End all kernels: each lesson starts with a fresh one."""
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"token {self.token}"
            for kernel in session.get(f"{self.url}/api/kernels", timeout=TIMEOUT).json():
                address = f"{self.url}/api/kernels/{kernel['id']}"
                session.delete(address, timeout=TIMEOUT).raise_for_status()


@dataclass(frozen=True)
class Notebook:
    """A lesson that is open in JupyterLab."""

    page: Page
    name: str

    @property
    def source(self) -> nbformat.NotebookNode:
        return nbformat.read(ROOT / "notebooks" / f"{self.name}.ipynb", as_version=4)

    @property
    def panel(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel:visible")

    @property
    def errors(self) -> Locator:
        kinds = ("stderr", "error")
        return self.panel.locator(
            ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in kinds)
        )

    def cell(self, cell_id: str) -> Locator:
        """Return the cell with this id; JupyterLab does not show ids, but keeps the order."""
        ids = [cell.id for cell in self.source.cells]
        return self.panel.locator(".jp-Cell").nth(ids.index(cell_id))

    def choose(self, menu: str, *entries: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        for entry in entries:
            self.page.get_by_role("menuitem", name=entry, exact=True).click()

    def open_beside(self, name: str) -> Notebook:
        """Open another lesson in the same JupyterLab, with a double click on its file."""
        self.page.get_by_role("listitem").filter(has_text=f"{name}.ipynb").dblclick()
        return Notebook(self.page, name)

    def show(self) -> None:
        self.page.get_by_role("tab", name=f"{self.name}.ipynb").click()

    def wait_until_idle(self) -> None:
        status = re.compile(rf"\) \| Idle.*{self.name}", re.DOTALL)
        expect(self.page.locator("#jp-main-statusbar")).to_have_text(status)

    def start(self) -> None:
        """Choose *Run All Cells* as soon as the kernel is ready."""
        self.wait_until_idle()
        self.choose("Run", "Run All Cells")

    def finish(self) -> None:
        """Wait for the last code cell, or for an error."""
        self._wait_for(sum(cell.cell_type == "code" for cell in self.source.cells))

    def _wait_for(self, number: int) -> None:
        """Wait until the cell that is executed as this one is done, or until there is an error."""
        prompts = self.panel.locator(".jp-CodeCell .jp-InputPrompt")
        prompts.filter(has_text=f"[{number}]:").or_(self.errors).first.wait_for(state="attached")
        self.wait_until_idle()

    def run(self, cell_id: str) -> Locator:
        """Run one cell, as Shift-Enter in it does, and return its output once it is there."""
        cell = self.cell(cell_id)
        before = cell.locator(".jp-InputPrompt").inner_text()
        cell.locator(".cm-content").press("Shift+Enter")
        expect(cell.locator(".jp-InputPrompt")).not_to_have_text(before)
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
        return cell.locator(".jp-Cell-outputArea")

    def run_on_from(self, cell_id: str) -> None:
        """Run a cell and all below it, and wait for the last code cell or for an error."""
        number = max(map(int, re.findall(r"\[(\d+)\]:", self.panel.inner_text())))
        below = self.source.cells[[cell.id for cell in self.source.cells].index(cell_id) :]
        self.cell(cell_id).locator(".cm-content").click()
        self.choose("Run", "Run Selected Cell and All Below")
        self._wait_for(number + sum(cell.cell_type == "code" for cell in below))

    def type(self, cell_id: str, source: str) -> None:
        """Replace what is written in a cell."""
        self.cell(cell_id).locator(".cm-content").fill(source)


@contextmanager
def jupyterlab(folder: Path, theme: str = "JupyterLab Light") -> Iterator[Lab]:
    """Run `make lab` in a folder with copies of the notebooks and settings of its own."""
    project = folder / "course"
    shutil.copytree(ROOT / "notebooks", project / "notebooks")
    for name in ("Makefile", "helpers", "pyproject.toml"):
        (project / name).symlink_to(ROOT / name)
    (project / ".venv").symlink_to(sys.prefix)
    url, token, opened = free_url(), secrets.token_hex(), folder / "opened"
    options = [f"--port={urlsplit(url).port}", f"--IdentityProvider.token={token}"]
    command = [
        "make",  # which shall not set up anything here
        *(f"--old-file=.venv/{name}" for name in ("helpers", "installed", "installed-extras")),
        "lab",
        f"LAB_ARGS={' '.join(options)} --ServerApp.port_retries=0",
    ]
    # In place of the student's browser: it notes what it is asked to open.
    (note := folder / "browser").write_text(
        f'#!/bin/sh\necho "$1" > {opened}.part\nmv {opened}.part {opened}\n'
    )
    note.chmod(0o700)
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=project,
            env=_environment(folder, theme) | {"BROWSER": f"{note} %s"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + TIMEOUT
        while not opened.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "lab.log").read_text()
                raise RuntimeError(f"JupyterLab did not start:\n{log}")
            time.sleep(0.1)
        yield Lab(url, token, opened.read_text().strip())
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(TIMEOUT)


def _environment(folder: Path, theme: str) -> dict[str, str]:
    """Return an environment in which JupyterLab keeps everything in `folder`."""
    settings = SETTINGS | {"apputils-extension/themes": {"theme": theme}}
    for name, setting in settings.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(setting))
    # nbgrader, which students do not have: in the page, and in the server.
    (config := folder / "config" / "labconfig").mkdir(parents=True)
    disabled = {"disabledExtensions": {"@jupyter/nbgrader": True}}
    (config / "page_config.json").write_text(json.dumps(disabled))
    parts = ("formgrader", "validate_assignment", "assignment_list", "course_list")
    extensions = {f"nbgrader.server_extensions.{part}": False for part in parts}
    without = {"ServerApp": {"jpserver_extensions": extensions}}
    (config.parent / "jupyter_server_config.json").write_text(json.dumps(without))
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    # nbval may run the same lesson at the same time: neither shall see the other's runs.
    if prefix := os.environ.get("EXPERIMENT_PREFIX"):
        inherited["EXPERIMENT_PREFIX"] = f"{prefix}browser-"
    return inherited | {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
