"""Put a fresh copy of a lesson in its place, and keep one's own work: `make fresh LESSON=02`.

What was there is kept beside it, as `my_….ipynb`. The fresh copy is made from the solved notebook,
as `make copies` makes it.
"""

from __future__ import annotations

import sys
from itertools import chain, count
from pathlib import Path

import nbformat

from tools import student_copies


def fresh(number: str) -> tuple[Path, Path]:
    """Replace a lesson by a fresh copy; return the lesson's path and where the old one is kept.

    Args:
        number: the lesson's, such as `02`.

    Raises:
        LookupError: there is no such lesson.
    """
    solved = student_copies.of_number(number, student_copies.NOTEBOOKS)
    path = student_copies.students_path(solved)
    kept = _free(path.with_name(f"my_{path.name}"))
    if path.exists():
        path.rename(kept)
    nbformat.write(student_copies.students_copy(solved), path)
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
