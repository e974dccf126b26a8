"""Tell which lesson a notebook is a copy of.

Only the course's own notebooks count. Other notebooks next to them, such as a copy that JupyterLab
made, an empty `Untitled.ipynb` or an instructor's notebook, are never looked at.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import mode
from typing import NamedTuple

from classroom.sandbox import COURSE
from exercises.solved import SOLVED, functions

NOTEBOOKS = COURSE / "notebooks"
LESSONS = COURSE / "docs" / "lessons.toml"  # says which exercises are optional


class Cell(NamedTuple):
    """The parts of a cell that tell which exercise it belongs to."""

    text: str
    is_code: bool = False
    grade_id: str = ""  # `check-` and the function's name for a check; the name alone for a starter


def cells_in(content: bytes) -> list[Cell]:
    r"""Return the cells of a notebook; empty if it is not a notebook.

    Args:
        content: the content of its file.

    >>> cells_in(b'{"cells": [{"source": ["a\\n", "b"]}]}'), cells_in(b"no notebook")
    ([Cell(text='a\nb', is_code=False, grade_id='')], [])
    """
    try:
        return [
            Cell(
                "".join(cell["source"]),
                cell.get("cell_type") == "code",
                str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")),
            )
            for cell in json.loads(content)["cells"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


@cache
def cells_of(path: Path) -> list[Cell]:
    """Return the cells of one of the course's own notebooks.

    Args:
        path: the notebook's file.
    """
    return cells_in(path.read_bytes())


@cache
def optional_exercises() -> frozenset[str]:
    """Return the functions that students need not write. They don't count for the grade."""
    return frozenset(tomllib.loads(LESSONS.read_text(encoding="utf-8"))["optional"])


def lesson_of(cells: Sequence[Cell], file_name: str = "") -> str:
    """Return the file name of the lesson that a notebook is a copy of; empty if unknown.

    Looks first at the cells' `grade_id`, which they keep when they are moved or become Markdown,
    then at the functions that the notebook defines, then at its heading and its file name.

    Args:
        cells: the cells of the notebook.
        file_name: the file name of the notebook.
    """
    known = functions()
    marked = [cell.grade_id.removeprefix("check-").replace("-", "_") for cell in cells]
    written = [name for name in known if any(defines(cell.text, name) for cell in cells)]
    for names in (marked, written):
        lessons = [known[name] for name in names if name in known]
        if lessons:
            return mode(lessons)
    for own in SOLVED.glob("*.ipynb"):
        if own.stem in file_name or cells[:1] == cells_of(NOTEBOOKS / own.name)[:1]:
            return own.name
    return ""


def defines(text: str, name: str) -> bool:
    r"""Tell whether a cell has a line that defines a name, even if it is not valid Python.

    Args:
        text: the source of the cell.
        name: the name, such as a function's.

    >>> defines("%matplotlib inline\ndef solve(): return )", "solve"), defines("solve()", "solve")
    (True, False)
    """
    return bool(re.search(rf"^[ \t]*(async +)?(def|class) +{name}\b|^{name} *=", text, re.M))


def highest_hint(content: bytes) -> str:
    """Return the highest number of a hint that a notebook shows; empty if it shows none.

    Args:
        content: the content of its file.

    >>> highest_hint(b"Hint 1 of 12 ... Hint 10 of 12"), highest_hint(b"")
    ('10', '')
    """
    return max(re.findall(rb"Hint (\d{1,3}) of \d", content), key=int, default=b"").decode()
