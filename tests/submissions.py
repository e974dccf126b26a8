"""Notebooks as students hand them in, for several test modules."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from classroom.grading.select_cells import select_cells
from classroom.sandbox import NoSandbox
from classroom.sandbox.choose import choose
from classroom.sandbox.work_folders import must_be_linux
from exercises.solved_notebooks import functions
from tests.answers import NAMES, Answer, exercise, in_the_lesson
from tools.notebook_cells import grade_id, read_cells
from tools.student_copies import NOTEBOOKS

STUDENT = NOTEBOOKS / "05_best_child_challenge.ipynb"
SOLVED = NOTEBOOKS / "solutions" / STUDENT.name
WITH_EXERCISES = sorted({exercise(name).notebook for name in NAMES})
FUNCTIONS = ("connect-code", "execute-tuning", "solution")
TO_THE_HINTS = (*FUNCTIONS, "check-execute-tuning", "hint-code")


def submit(source: Path, path: Path, *more: str, kept: tuple[str, ...] = FUNCTIONS) -> None:
    """Write a notebook with some cells of another one, and more at their end."""
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id in kept]
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in more]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def above_starter(function: str) -> list[NotebookNode]:
    """Return the cells of a lesson that are above the starter of a function."""
    cells = read_cells(NOTEBOOKS / functions()[function])
    return cells[: [grade_id(cell) for cell in cells].index(function.replace("_", "-"))]


def write_answers(given: Sequence[Answer], path: Path) -> None:
    """Write the student's copy of a lesson with these answers, and solutions to its other tasks."""
    notebook = nbformat.read(NOTEBOOKS / path.name, as_version=4)
    written = {answer.exercise: answer.source for answer in given}
    for name in NAMES:
        starter = exercise(name).name.replace("_", "-")
        for cell in notebook.cells:
            if grade_id(cell) == starter:
                cell.source = written.get(name) or in_the_lesson(name)[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def shorten(path: Path) -> None:
    """Leave only the exercises of a lesson's copy and what they need: the rest takes its time."""
    notebook = nbformat.read(path, as_version=4)
    names = [name for name, lesson in functions().items() if lesson == path.name]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    selected = select_cells([cell.source for cell in code], path.name, names)
    sources = {cell.number: cell.source for cell in selected}
    for number, cell in enumerate(code, start=1):
        if "nbgrader" not in cell.metadata:
            cell.source = sources.get(number, "")
    notebook.cells = [cell for cell in code if cell.source]
    nbformat.write(notebook, path)


def copy_with_strays(folder: Path) -> Path:
    """Copy the lessons, put beside them what an instructor's machine has there, return the copy."""
    shutil.copytree(NOTEBOOKS, folder)
    shutil.copytree(NOTEBOOKS, folder / "an instructor's own")
    shutil.copytree(NOTEBOOKS, folder / ".ipynb_checkpoints")
    for lesson in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(lesson, folder / f"{lesson.stem}-Copy1.ipynb")  # JupyterLab's *Duplicate*
        shutil.copy(NOTEBOOKS / "solutions" / lesson.name, folder / f"my_{lesson.name}")
    (folder / "Untitled.ipynb").write_text("")
    return folder


def skip_without(*sandboxes: str) -> None:
    """Skip a test if none of these sandboxes works on this machine."""
    reasons = []
    for name in sandboxes:
        try:
            must_be_linux()
            choose(name)
        except NoSandbox as error:
            reasons.append(str(error))
        else:
            return
    pytest.skip(" ".join(dict.fromkeys(reasons)))
