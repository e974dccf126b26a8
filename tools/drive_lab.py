"""JupyterLab as `make lab` starts it, and the lessons in it, driven as a student's hands would."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import matplotlib

from tools.browser import TIMEOUT, expect
from tools.lesson_list import ROOT
from tools.notebook_cells import read_cells
from tools.student_copies import NOTEBOOKS, solutions
from tools.temporary_server import free_url

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CHALLENGE = "05_best_child_challenge"
SETTINGS = {  # by their files in `~/.jupyter`
    # All cells are in the page, also those that are out of sight.
    "lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {
        "windowingMode": "none"
    },
    # What students do not have.
    "labconfig/page_config.json": {"disabledExtensions": {"@jupyter/nbgrader": True}},
}
# The command `make`, which finds everything installed, and sets up nothing.
MAKE = [
    "make",
    *(f"--old-file=.venv/{name}" for name in ("helpers", "installed", "installed-extras")),
]


def right_answer(name: str = CHALLENGE) -> str:
    """Return the solution of a lesson's last exercise."""
    return solutions(NOTEBOOKS / "solutions" / f"{name}.ipynb")[-1]


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs."""

    url: str
    token: str

    def open(self, page: Page, name: str) -> Notebook:
        """Open a lesson, with nothing beside it."""
        page.goto(f"{self.url}/lab/tree/notebooks/{name}.ipynb?reset&token={self.token}")
        return Notebook(page, name)


@dataclass(frozen=True)
class Notebook:
    """A lesson that is open in JupyterLab."""

    page: Page
    name: str

    @property
    def path(self) -> Path:
        """The notebook's file in this checkout."""
        return NOTEBOOKS / f"{self.name}.ipynb"

    @property
    def panel(self) -> Locator:
        """What JupyterLab shows of the lesson in front."""
        return self.page.locator(".jp-NotebookPanel:visible")

    @property
    def errors(self) -> Locator:
        """All that the lesson's cells wrote to their error stream, and what they raised."""
        return self.panel.locator("[data-mime-type$=stderr], [data-mime-type$='jupyter.error']")

    def cell(self, cell_id: str) -> Locator:
        """Return the cell with this id; JupyterLab does not show ids, but keeps the order."""
        ids = [cell.id for cell in read_cells(self.path)]
        return self.panel.locator(".jp-Cell").nth(ids.index(cell_id))

    def wait_until_idle(self) -> None:
        """Wait until the lesson in front is this one, and its kernel has nothing to do."""
        status = re.compile(rf"\) \| Idle.*{Path(self.name).name}", re.DOTALL)
        expect(self.page.locator("#jp-main-statusbar")).to_have_text(status)

    def start(self) -> None:
        """Choose *Run All Cells* as soon as the kernel is ready."""
        self.wait_until_idle()
        for name in ("Run", "Run All Cells"):
            self.page.get_by_role("menuitem", name=name, exact=True).click()

    def finish(self) -> None:
        """Wait for the last code cell, or for an error."""
        number = len(read_cells(self.path, "code"))
        prompts = self.panel.locator(".jp-CodeCell .jp-InputPrompt")
        prompts.filter(has_text=f"[{number}]:").or_(self.errors).first.wait_for(state="attached")
        self.wait_until_idle()

    def run(self, cell_id: str) -> Locator:
        """Run one cell, as Shift-Enter in it does, and return its output once it is there."""
        cell = self.cell(cell_id)
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        cell.locator(".cm-content").press("Shift+Enter")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))
        return cell.locator(".jp-Cell-outputArea")

    def type(self, cell_id: str, source: str) -> None:
        """Replace what is written in a cell."""
        self.cell(cell_id).locator(".cm-content").fill(source)


@contextmanager
def jupyterlab(folder: Path) -> Iterator[Lab]:
    """Run `make lab` in a folder with its own copies of the notebooks and its own settings."""
    furnish(folder)
    url, token, output = free_url(), secrets.token_hex(), folder / "lab.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            _make_lab(url, token),
            cwd=_project(folder / "course"),
            env=_environment(folder),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + TIMEOUT
        while not _listens(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"JupyterLab did not start:\n{output.read_text()}")
            time.sleep(0.1)
        yield Lab(url, token)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(TIMEOUT)


def _listens(url: str) -> bool:
    with socket.socket() as client:
        return not client.connect_ex(("localhost", urlsplit(url).port))


def _project(folder: Path) -> Path:
    """Lay out the course for one student: copies of the notebooks, links to the rest."""
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    shutil.copytree(ROOT / "docs", folder / "docs")  # Jupyter serves no picture by way of a link
    for name in ("Makefile", "exercises", "helpers", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def _make_lab(url: str, token: str) -> list[str]:
    """Return the command that runs JupyterLab at an address, and sets up nothing."""
    where = f"--no-browser --port={urlsplit(url).port} --ServerApp.port_retries=0"
    return [*MAKE, "lab", f"LAB_ARGS={where} --IdentityProvider.token={token}"]


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of a student whose home is `folder`."""
    of_others = ("MAKE", "MFLAGS", "JUPYTER", "IPYTHON", "XDG")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(of_others)}
    # nbval may run the same lesson at the same time: neither shall see the other's runs.
    if prefix := os.environ.get("EXPERIMENT_PREFIX"):
        inherited["EXPERIMENT_PREFIX"] = f"{prefix}browser-"
    # With an empty cache, matplotlib would look for all fonts, and say so in a lesson.
    return {**inherited, "MPLCONFIGDIR": matplotlib.get_cachedir(), "HOME": str(folder)}


def furnish(home: Path) -> None:
    """Write JupyterLab's settings into a student's home."""
    for name, setting in SETTINGS.items():
        path = home / ".jupyter" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(setting))
