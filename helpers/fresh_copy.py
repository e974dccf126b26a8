"""Replace a lesson with a fresh copy and keep the reader's version.

That is `make fresh LESSON=02` in a terminal, and `helpers.start_over("02")` in a cell. The reader's
version is kept next to the fresh copy, as `my_….ipynb`. The fresh copy is derived from the solved
notebook, just as `make copies` does it.
"""

from __future__ import annotations

import sys
from itertools import chain, count
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearOutputPreprocessor, TagRemovePreprocessor
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def find_solved(number: str, notebooks: Path) -> Path:
    """Return the solved notebook of a lesson.

    Args:
        number: the lesson's number, such as `02`.
        notebooks: the folder of the students' copies.

    Raises:
        LookupError: there is no such lesson.
    """
    if number and (paths := sorted(notebooks.glob(f"solutions/{number.zfill(2)}_*.ipynb"))):
        return paths[0]
    raise LookupError(f"There is no lesson {number!r}. Pass its number, such as LESSON=02.")


def students_path(solved: Path) -> Path:
    """Return the path of the students' copy of a solved notebook.

    >>> students_path(Path("notebooks", "solutions", "05.ipynb")).as_posix()
    'notebooks/05.ipynb'
    """
    return solved.parents[1] / solved.name


def students_copy(solved: Path) -> NotebookNode:
    """Return a solved notebook without solutions and outputs, with links for the folder above."""
    notebook: NotebookNode = nbformat.read(solved, as_version=4)
    for preprocessor in (
        TagRemovePreprocessor(remove_cell_tags={"solution"}),
        ClearOutputPreprocessor(),
    ):
        notebook, _ = preprocessor.preprocess(notebook, {})
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../", "](")
    return notebook


def fresh(number: str) -> tuple[Path, Path]:
    """Replace a lesson with a fresh copy; return its path and the path of the old version.

    The lesson in this process's folder is replaced, if there is one: on a hub, the course is
    installed in another folder, which students cannot change.

    Args:
        number: the lesson's number, such as `02`.

    Raises:
        LookupError: there is no such lesson.
    """
    solved = find_solved(number, NOTEBOOKS)
    path = students_path(solved)
    if Path(path.name).exists():
        path = Path(path.name).absolute()
    kept = _free(path.with_name(f"my_{path.name}"))
    if path.exists():
        path.rename(kept)
    nbformat.write(students_copy(solved), path)
    return path, kept


def _free(path: Path) -> Path:
    """Return this path if it is free, else the first free one with a number appended."""
    numbered = (path.with_stem(f"{path.stem}_{n}") for n in count(2))
    return next(candidate for candidate in chain([path], numbered) if not candidate.exists())


def start_over(number: str) -> None:
    """Replace a lesson with a fresh copy, and print where the reader's version is.

    Args:
        number: the lesson's number, such as `02`.

    Raises:
        LookupError: there is no such lesson.
    """
    path, kept = fresh(number)
    old = f" Your earlier version is now {kept.name}." if kept.exists() else ""
    print(
        f"{path.name} is fresh.{old} If the page is open, choose File → Reload Notebook from Disk "
        "(and *Revert*, if Jupyter asks)."
    )


def main() -> None:
    """Replace the lesson named on the command line."""
    try:
        start_over(*sys.argv[1:] or [""])
    except LookupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
