"""How long it takes to judge a folder of solved notebooks: `make grade` beside other ways."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.report import Figures
from tools.servers import temporary_server

LESSON = "05_best_child_challenge.ipynb"
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
AT_A_TIME = 2


def grading(quick: bool) -> Figures:
    """Judge copies of the solved notebook, two at a time where that can be chosen.

    `jupyter execute` and nbgrader use a tracking server, which is up before the clock starts;
    `make grade` needs none, and its time includes the sandboxes. nbgrader's `autograde` takes one
    submission after the other.
    """
    copies = 2 if quick else 8
    ways = {"jupyter execute": _execute, "make grade": _grade, "nbgrader autograde": _autograde}
    with temporary_server() as running, pytest.MonkeyPatch.context() as environment:
        environment.setenv("MLFLOW_TRACKING_URI", running.url)
        seconds = {name: _timed(way, copies) for name, way in ways.items()}
    return {"copies": copies, "seconds": seconds, "grade": seconds["make grade"]}


def _timed(way: Callable[[Path, int], None], copies: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(copies):
            own = Path(folder, "submitted", f"student{number}", "challenge")
            own.mkdir(parents=True)
            shutil.copy(NOTEBOOKS / "solutions" / LESSON, own)
        prepare = Path(folder, "source", "challenge")
        prepare.mkdir(parents=True)
        shutil.copy(NOTEBOOKS / LESSON, prepare)
        if way is _autograde:
            _run(folder, "nbgrader", "generate_assignment", "challenge", *_KEEP)
        started = time.monotonic()
        way(Path(folder), copies)
        return (time.monotonic() - started) / copies


_KEEP = ("--ClearSolutions.enabled=False",)


def _execute(folder: Path, copies: int) -> None:
    files = sorted(Path(folder, "submitted").rglob("*.ipynb"))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(lambda file: _run(file.parent, "jupyter", "execute", file.name), files))


def _grade(folder: Path, copies: int) -> None:
    output = str(folder / "grades.csv")
    options = ("--jobs", str(AT_A_TIME), "--output", output)
    _run(NOTEBOOKS.parent, "classroom.grading", str(folder / "submitted"), *options)
    if Path(output).read_text().count(",passed,") != copies:
        raise RuntimeError("A solved notebook did not pass.")


def _autograde(folder: Path, copies: int) -> None:
    _run(folder, "nbgrader", "autograde", "challenge")


def _run(folder: Path | str, module: str, *arguments: str) -> None:
    own = f"{Path(folder).parent.name}-"  # two at a time in one experiment would disturb each other
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # alembic, jupyter-…
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, "EXPERIMENT_PREFIX": own},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stderr}")
