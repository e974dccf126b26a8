"""Notebooks as students hand them in, for several test modules."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nbformat
import pytest

from classroom.choice import choose
from classroom.container import is_built
from classroom.sandbox import NoSandbox

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
STUDENT = NOTEBOOKS / "05_best_child_challenge.ipynb"
SOLVED = NOTEBOOKS / "solutions" / STUDENT.name
FUNCTIONS = ("connect-code", "execute-tuning", "solution")
TO_THE_HINTS = (*FUNCTIONS, "check-execute-tuning", "hint-code")


def submission(source: Path, path: Path, *more: str, kept: tuple[str, ...] = FUNCTIONS) -> None:
    """Write a notebook with some cells of another one, and more at their end."""
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id in kept]
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in more]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def copy_with_strays(folder: Path) -> Path:
    """Copy the lessons, put beside them what an instructor's machine has there, return the copy."""
    shutil.copytree(NOTEBOOKS, folder)
    shutil.copytree(NOTEBOOKS, folder / "an instructor's own")
    checkpoints = folder / ".ipynb_checkpoints"
    checkpoints.mkdir()
    for lesson in NOTEBOOKS.glob("*.ipynb"):
        solved = NOTEBOOKS / "solutions" / lesson.name
        shutil.copy(lesson, folder / f"{lesson.stem}-Copy1.ipynb")  # JupyterLab's *Duplicate*
        shutil.copy(solved, folder / f"my_{lesson.name}")
        shutil.copy(lesson, checkpoints / f"{lesson.stem}-checkpoint.ipynb")
    (folder / "Untitled.ipynb").write_text("")
    return folder


def skip_without(sandbox: str) -> None:
    """Skip where the machine has no such sandbox, and where minutes would go into its image."""
    try:
        if sandbox == "container" and not is_built() and not os.environ.get("REQUIRE_ALL"):
            pytest.skip("the course's image for grading is not built (make grade builds it)")
        choose(sandbox)
    except NoSandbox as error:
        pytest.skip(str(error))
