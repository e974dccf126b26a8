"""Derive the students' copies from the solved notebooks: `make copies`.

The source is the solved notebook, in notebooks/solutions/. The students' copy has the same name,
one folder above, without outputs and without cells tagged `solution`.
"""

from __future__ import annotations

from pathlib import Path

import nbformat

from helpers.fresh_copy import (  # noqa: F401 - others import them from here
    NOTEBOOKS,
    find_solved,
    students_copy,
    students_path,
)
from tools.lesson_list import ROOT
from tools.notebook_cells import read_cells


def solved_notebooks() -> list[Path]:
    """Return the paths of all solved notebooks, in the lessons' order."""
    return sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))


def solutions(solved: Path) -> list[str]:
    """Return the code of the cells that the students' copy of a solved notebook lacks."""
    return [
        cell.source
        for cell in read_cells(solved, "code")
        if "solution" in cell.metadata.get("tags", [])
    ]


def is_stale(solved: Path) -> bool:
    """Tell whether the students' copy of a solved notebook is missing or out of date."""
    path = students_path(solved)
    return not path.exists() or nbformat.read(path, as_version=4) != students_copy(solved)


def renew() -> list[Path]:
    """Write the stale copies and return their paths."""
    stale = [path for path in solved_notebooks() if is_stale(path)]
    for solved in stale:
        nbformat.write(students_copy(solved), students_path(solved))
    return [students_path(solved) for solved in stale]


if __name__ == "__main__":
    for path in renew():
        print(f"Updated {path.relative_to(ROOT)}.")
