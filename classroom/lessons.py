"""Tell which lesson a notebook is a copy of.

Only the course's own notebooks count. Whatever else lies beside them, such as a copy that
JupyterLab made, an empty `Untitled.ipynb` or an instructor's own, is never looked at.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from classroom.sandbox import COURSE

NOTEBOOKS = COURSE / "notebooks"
# Whoever hands one of these in is told so.
WITHOUT_EXERCISE = ("00_start_here.ipynb", "cheat_sheet.ipynb")


class Cell(NamedTuple):
    """What tells of a cell to which exercise it belongs."""

    grade_id: str
    text: str


def names() -> list[str]:
    """Return the file names of the course's own notebooks."""
    return sorted(path.name for path in (NOTEBOOKS / "solutions").glob("*.ipynb"))


@cache
def code_of(lesson: str) -> tuple[str, ...]:
    """Return the code cells of one of the course's own notebooks.

    Args:
        lesson: its file name.
    """
    found = json.loads((NOTEBOOKS / lesson).read_text(encoding="utf-8"))["cells"]
    return tuple("".join(cell["source"]) for cell in found if cell["cell_type"] == "code")


@cache
def functions() -> dict[str, str]:
    """Return the file name of the lesson of each function that students write, in their order."""
    found = {}
    for solved in sorted((NOTEBOOKS / "solutions").glob("*.ipynb")):
        for cell in json.loads(solved.read_text(encoding="utf-8"))["cells"]:
            marked = cell["metadata"].get("nbgrader", {})
            if marked.get("solution"):
                found[marked["grade_id"].replace("-", "_")] = solved.name
    return found


def lesson_of(cells: Sequence[Cell], file_name: str = "") -> str:
    """Return the file name of the lesson that a notebook is a copy of; empty if nothing tells.

    Its cells' `grade_id` tells, which stays when a cell is moved or becomes Markdown; else the
    functions that it defines, its heading, or its file's name.

    Args:
        cells: the notebook's.
        file_name: the notebook's own.
    """
    known = functions()
    marked = [cell.grade_id.removeprefix("check-").replace("-", "_") for cell in cells]
    written = [name for name in known if any(defines(cell.text, name) for cell in cells)]
    for found in (marked, written):
        lessons = Counter(known[name] for name in found if name in known)
        if lessons:
            return lessons.most_common(1)[0][0]
    for name in WITHOUT_EXERCISE:
        if cells and cells[0].text.partition("\n")[0] == _heading(name):
            return name
    return next((name for name in names() if Path(name).stem in file_name), "")


def defines(text: str, name: str) -> bool:
    r"""Tell whether a text has a line that defines a name, whatever else is wrong with it.

    Args:
        text: a cell's.
        name: the function's, say.

    >>> defines("%matplotlib inline\ndef solve(): return )", "solve"), defines("solve()", "solve")
    (True, False)
    """
    return bool(re.search(rf"^[ \t]*(async +)?(def|class) +{name}\b|^{name} *=", text, re.M))


@cache
def _heading(lesson: str) -> str:
    cells = json.loads((NOTEBOOKS / lesson).read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).partition("\n")[0]


def has_exercise(lesson: str) -> bool:
    """Tell whether a lesson has an exercise.

    Args:
        lesson: its file name.
    """
    return lesson in functions().values()


def cells_in(content: bytes) -> list[Cell] | None:
    r"""Return the cells of a notebook; None if it is no notebook.

    Args:
        content: of its file.

    >>> cells_in(b'{"cells": [{"source": ["a\\n", "b"]}]}'), cells_in(b"no notebook")
    ([Cell(grade_id='', text='a\nb')], None)
    """
    try:
        return [
            Cell(
                str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")),
                "".join(cell["source"]),
            )
            for cell in json.loads(content)["cells"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def highest_hint(content: bytes) -> int | None:
    """Return the highest number of a hint that a notebook shows.

    Args:
        content: of its file.

    >>> highest_hint(b"Hint 1 of 4 ... Hint 2 of 4"), highest_hint(b"")
    (2, None)
    """
    return max(map(int, re.findall(rb"Hint (\d{1,3}) of \d", content)), default=None)
