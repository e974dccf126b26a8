"""Notebooks as students hand them in, for several test modules."""

from __future__ import annotations

from pathlib import Path

import nbformat

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
