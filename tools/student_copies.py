"""Make the students' copies: each solved notebook, less its solutions and outputs: `make copies`.

The solved notebook, in notebooks/solutions/, is the source. A cell with the tag `solution` is left
out of the students' copy, which has the same name one folder above.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.lessons import ROOT

NOTEBOOKS = ROOT / "notebooks"


def solved_notebooks() -> list[Path]:
    """Return the paths of all solved notebooks, in the lessons' order."""
    return sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))


def of_number(number: str, notebooks: Path) -> Path:
    """Return the solved notebook of a lesson.

    Args:
        number: the lesson's, such as `02`.
        notebooks: the folder of the students' copies.

    Raises:
        LookupError: there is no such lesson.
    """
    if number and (found := sorted(notebooks.glob(f"solutions/{number.zfill(2)}_*.ipynb"))):
        return found[0]
    raise LookupError(f"There is no lesson {number!r}. Say its number, such as LESSON=02.")


def students_path(solved: Path) -> Path:
    """Return where the students' copy of a solved notebook is.

    >>> students_path(Path("notebooks", "solutions", "05.ipynb")).as_posix()
    'notebooks/05.ipynb'
    """
    return solved.parents[1] / solved.name


def without_outputs(path: Path) -> NotebookNode:
    """Return a notebook as it is before its cells have run."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def is_solution(cell: NotebookNode) -> bool:
    """Tell whether a cell is for the solved notebook alone.

    >>> is_solution(nbformat.v4.new_code_cell(metadata={"tags": ["solution"]}))
    True
    >>> is_solution(nbformat.v4.new_code_cell())
    False
    """
    return "solution" in cell.metadata.get("tags", [])


def solutions(solved: Path) -> list[str]:
    """Return the code of the cells that the students' copy of a solved notebook lacks."""
    lacking = filter(is_solution, without_outputs(solved).cells)
    return [cell.source for cell in lacking if cell.cell_type == "code"]


def students_copy(solved: Path) -> NotebookNode:
    """Return a solved notebook less its solutions, with links as seen from one folder above."""
    notebook = without_outputs(solved)
    notebook.cells = [cell for cell in notebook.cells if not is_solution(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../", "](")
    return notebook


def is_stale(solved: Path) -> bool:
    """Tell whether the students' copy of a solved notebook is missing, or another than it says."""
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
        print(f"{path.relative_to(ROOT)} is made anew.")
