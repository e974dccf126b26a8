"""Put a fresh copy of a lesson in its place, and keep one's own work: `make fresh LESSON=02`.

What was there is kept beside it, as `my_….ipynb`. The fresh copy is made from the solved notebook,
as `make copies` makes it.
"""

from __future__ import annotations

import sys
from itertools import chain, count
from pathlib import Path

import nbformat
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


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


def students_copy(solved: Path) -> NotebookNode:
    """Return a solved notebook less its solutions, with links as seen from one folder above."""
    notebook = without_outputs(solved)
    notebook.cells = [cell for cell in notebook.cells if not is_solution(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../", "](")
    return notebook


def fresh(number: str) -> tuple[Path, Path]:
    """Replace a lesson by a fresh copy; return the lesson's path and where the old one is kept.

    Args:
        number: the lesson's, such as `02`.

    Raises:
        LookupError: there is no such lesson.
    """
    solved = of_number(number, NOTEBOOKS)
    path = students_path(solved)
    kept = _free(path.with_name(f"my_{path.name}"))
    if path.exists():
        path.rename(kept)
    nbformat.write(students_copy(solved), path)
    return path, kept


def _free(path: Path) -> Path:
    """Return a path that no file has yet: this one, or one with a number."""
    numbered = (path.with_stem(f"{path.stem}_{n}") for n in count(2))
    return next(candidate for candidate in chain([path], numbered) if not candidate.exists())


def main() -> None:
    """Replace the lesson named on the command line."""
    try:
        path, kept = fresh(*sys.argv[1:] or [""])
    except LookupError as error:
        sys.exit(str(error))
    old = f" What was there is kept as {kept.name}." if kept.exists() else ""
    print(
        f"{path.name} is fresh.{old} If it is open in JupyterLab: File → Reload Notebook from Disk."
    )


if __name__ == "__main__":
    main()
