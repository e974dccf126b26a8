"""The student's copy of the challenge: the solved notebook without its solution.

The solved notebook is the source. After a change to it:

    python -m tests.student_copy && make notebooks NOTEBOOKS="notebooks/05… notebooks/solutions/05…"
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
STUDENTS = NOTEBOOKS / "05_best_child_challenge.ipynb"
SOLVED = NOTEBOOKS / "solutions" / STUDENTS.name


def cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook without their outputs."""
    found = copy.deepcopy(nbformat.read(path, as_version=4).cells)
    for cell in found:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return found


def without_solution() -> list[dict[str, Any]]:
    """Return the solved notebook's cells but the solution, with links as seen one folder above."""
    kept = [cell for cell in cells(SOLVED) if "solution" not in cell.metadata.get("tags", [])]
    for cell in kept:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../", "](")
    return kept


if __name__ == "__main__":
    notebook = nbformat.read(SOLVED, as_version=4)
    notebook.cells = without_solution()
    nbformat.write(notebook, STUDENTS)
