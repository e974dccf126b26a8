"""Put a fresh copy of a lesson in its place, and keep one's own work: `make fresh LESSON=02`.

What was there is kept beside it, as `my_….ipynb`. The fresh copy has no outputs. It is made from
the solved notebook, as `make notebooks` makes it; a lesson without an exercise has none, and comes
from git.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import chain, count
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import student_copies


def fresh(number: str) -> tuple[Path, Path]:
    """Replace a lesson by a fresh copy; return the lesson's path and where the old one is kept.

    Args:
        number: the lesson's, such as `02`.

    Raises:
        LookupError: there is no such lesson, or nothing to make a fresh copy from.
    """
    folder = student_copies.NOTEBOOKS
    found = {
        path.name for path in [*folder.glob("[0-9]*.ipynb"), *student_copies.solved_notebooks()]
    }
    wanted = number.zfill(2) if number else ""
    names = sorted(name for name in found if name.split("_")[0] == wanted)
    if not names:
        known = ", ".join(sorted(name.split("_")[0] for name in found))
        raise LookupError(f"There is no lesson {number!r}. Say one of these: {known}.")
    path, kept = folder / names[0], _free(folder / f"my_{names[0]}")
    copy = _pristine(path)
    if path.exists():
        path.rename(kept)
    nbformat.write(copy, path)
    return path, kept


def _free(path: Path) -> Path:
    """Return a path that no file has yet: this one, or one with a number."""
    numbered = (path.with_stem(f"{path.stem}_{n}") for n in count(2))
    return next(candidate for candidate in chain([path], numbered) if not candidate.exists())


def _pristine(path: Path) -> NotebookNode:
    solved = path.parent / "solutions" / path.name
    if solved.exists():
        return student_copies.students_copy(solved)
    command = ["git", "show", f"HEAD:./{path.name}"]
    try:
        text = subprocess.run(command, cwd=path.parent, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise LookupError(
            f"{path.name} has no exercise, and this folder is no checkout of git. Download the "
            "course once more, and copy that file from it."
        ) from None
    notebook: NotebookNode = nbformat.reads(text.decode(), as_version=4)
    return notebook


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
