"""Read the cells of a notebook: all of them or those of one kind, its prose, a cell's name."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode


def read_cells(path: Path, kind: str = "") -> list[NotebookNode]:
    """Return the cells of a notebook.

    Args:
        path: the notebook's file.
        kind: `code` or `markdown`; by default, cells of any kind.
    """
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if kind in ("", cell.cell_type)]


def read_prose(path: Path) -> str:
    """Return what a notebook says in Markdown."""
    return "\n".join(cell.source for cell in read_cells(path, "markdown"))


def grade_id(cell: NotebookNode) -> str:
    """Return the name that a cell has for nbgrader; it is empty if nbgrader ignores the cell."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
