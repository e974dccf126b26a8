"""Section 5: the check before class, and what a lesson's first cell and `make lab` wait for."""

import re
import sys
import time
from contextlib import suppress
from itertools import product
from pathlib import Path
from statistics import median

import pandas as pd
import requests

from benchmarks.processes import ROOT, run, started
from benchmarks.report import Figures
from tools.servers import free_url, temporary_server

NOTEBOOKS = ROOT / "notebooks"
LESSON_04 = "from helpers import connect, execute_tuning, children, parents"
FIRST_CELLS = {
    "`import helpers`": "import helpers",
    "`import mlflow`": "import mlflow",
    "what lesson 04 imports": LESSON_04,
    "the same, and `connect`": f"{LESSON_04}; connect('bench')",
}
DURATIONS = ["--durations=0", "--durations-min=0.005", "-vv"]
DURATION = re.compile(r"^([\d.]+)s (setup|call|teardown) +(\S+?)::(.+)$", re.MULTILINE)


def checks(quick: bool) -> Figures:
    """Measure each notebook alone (two, if `quick`), the lessons together, and `make test`."""
    turns, stop = (1, 2) if quick else (3, None)
    lessons, solutions = (sorted(NOTEBOOKS.glob(f"{p}*.ipynb")) for p in ("", "solutions/"))
    with temporary_server() as server:
        alone = [one_notebook(path, server.url) for path in [*lessons, *solutions][:stop]]
        together, _ = pytest(server.url, "-n", "2", "--dist", "loadfile", *map(str, lessons))
        cells = first_cells(turns, server.url)
    lab = median(start_of_lab() for _ in range(turns))
    rows, whole = pd.DataFrame(alone).set_index("notebook"), {} if quick else whole_check()
    figures = {"lessons": len(lessons), "together": together, "cells": cells, "lab": lab}
    return {"rows": rows, **figures, **whole}


def pytest(url: str, *arguments: str) -> tuple[float, str]:
    """Run pytest on a server that is up; return its seconds and its output."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    return run([*command, f"--tracking-server={url}", *arguments])


def durations(output: str) -> pd.DataFrame:
    """Return the seconds of each phase of each test, as pytest has printed them."""
    found = pd.DataFrame(DURATION.findall(output), columns=["s", "phase", "file", "test"])
    return found.astype({"s": float})


def one_notebook(path: Path, url: str) -> Figures:
    """Return the row of a notebook: all its time, and its parts, in seconds."""
    seconds, output = pytest(url, *DURATIONS, str(path))
    spent = durations(output)
    cell = spent["test"].str.extract(r"(\d+)$")[0].astype(int)
    part = (cell == cell.min()).map({True: "first_cell", False: "other_cells"})
    parts = spent["s"].groupby(part.where(spent["phase"] == "call", "kernel")).sum()
    name = path.relative_to(NOTEBOOKS).with_suffix("").as_posix()
    return {"notebook": name, "total": seconds, "pytest": seconds - parts.sum(), **parts}


def first_cells(turns: int, url: str) -> pd.Series:
    """Return how long Python takes to do what the first cell of a lesson does, in seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in FIRST_CELLS}
    for _, (name, code) in product(range(turns + 1), FIRST_CELLS.items()):
        seconds[name] += run([sys.executable, "-c", code], MLFLOW_TRACKING_URI=url)[:1]
    return pd.DataFrame(seconds)[1:].median()  # in the first turn, files come from the disk


def start_of_lab() -> float:
    """Return the seconds from the command of `make lab` to the answer of JupyterLab's page."""
    url, began = free_url(), time.perf_counter()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={url.rsplit(':', 1)[-1]}", "--IdentityProvider.token="]
    command += [str(NOTEBOOKS / "00_start_here.ipynb")]

    def answers() -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{url}/lab", timeout=2).ok
        return False

    with started(command, answers, MLFLOW_TRACKING_URI=free_url()):
        return time.perf_counter() - began


def whole_check() -> Figures:
    """Run `make test`; return its seconds in all and by test file."""
    seconds, output = run(["make", "test", f"TEST_ARGS={' '.join(DURATIONS)} -p no:cacheprovider"])
    files = durations(output).groupby("file")["s"].sum().sort_values(ascending=False)
    return {"whole": seconds, "files": files}
