"""Which lesson a notebook is a copy of: the one from which most of its cells are.

Only the course's own notebooks count. Whatever else lies beside them, such as a copy that
JupyterLab made, an empty `Untitled.ipynb` or an instructor's own, is never looked at.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from classroom.sandbox import COURSE

NOTEBOOKS = COURSE / "notebooks"
# Those without a solved copy; whoever hands one in is told so.
WITHOUT_EXERCISE = ("00_start_here.ipynb", "cheat_sheet.ipynb")


def names() -> list[str]:
    """Return the file names of the course's own notebooks: most have a solved copy."""
    solved = [path.name for path in (NOTEBOOKS / "solutions").glob("*.ipynb")]
    known = {*solved, *WITHOUT_EXERCISE}
    return sorted(name for name in known if (NOTEBOOKS / name).is_file())


@cache
def code_of(lesson: str) -> tuple[str, ...]:
    """Return the code cells of one of the course's own notebooks.

    Args:
        lesson: its file name.
    """
    found = json.loads((NOTEBOOKS / lesson).read_text(encoding="utf-8"))["cells"]
    return tuple("".join(cell["source"]) for cell in found if cell["cell_type"] == "code")


def nearest(sources: Iterable[str], file_name: str = "") -> str:
    """Return the file name of the lesson from which most cells are; empty if none is from any.

    A cell that several lessons have, such as `hint()`, tells nothing.

    Args:
        sources: the cells of a notebook.
        file_name: the notebook's own; it decides where no cell does.
    """
    lessons = names()
    in_lessons = Counter(source for lesson in lessons for source in set(code_of(lesson)))
    given = {source for source in sources if in_lessons[source] == 1}
    shared = {lesson: len(given.intersection(code_of(lesson))) for lesson in lessons}
    best = max(lessons, key=lambda lesson: shared[lesson])
    if shared[best]:
        return best
    return next((lesson for lesson in lessons if Path(lesson).stem in file_name), "")


def has_exercise(lesson: str) -> bool:
    """Tell whether a lesson has an exercise, and so a solved copy.

    Args:
        lesson: its file name.
    """
    return (NOTEBOOKS / "solutions" / lesson).exists()


def cells_in(content: bytes) -> list[str] | None:
    r"""Return the cells of a notebook as their sources; None if it is no notebook.

    Args:
        content: of its file.

    >>> cells_in(b'{"cells": [{"source": ["a\\n", "b"]}]}'), cells_in(b"no notebook")
    (['a\nb'], None)
    """
    try:
        return ["".join(cell["source"]) for cell in json.loads(content)["cells"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def highest_hint(content: bytes) -> int | None:
    """Return the highest number of a hint that a notebook shows.

    Args:
        content: of its file.

    >>> highest_hint(b"Hint 1 of 4 ... Hint 2 of 4"), highest_hint(b"")
    (2, None)
    """
    return max(map(int, re.findall(rb"Hint (\d{1,3}) of \d", content)), default=None)
