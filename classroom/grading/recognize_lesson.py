"""Recognize which lesson a notebook is a copy of, from the bytes of its file.

What students hand in is only searched here, never parsed. Only the course's own notebooks count.
Other notebooks next to them, such as a copy that JupyterLab made, an empty `Untitled.ipynb` or an
instructor's notebook, are never looked at.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from statistics import mode

from classroom.sandbox import COURSE_FOLDER
from exercises.solved_notebooks import SOLVED, functions

NOTEBOOKS = COURSE_FOLDER / "notebooks"  # the students' copies
_GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"(?:check-)?([\w-]+)"')
# A line of a cell begins behind a quote, or behind a line break as JSON writes it.
_DEFINITION = re.compile(
    rb'(?:"|\\n)(?:(?: |\\t)*(?:async +)?(?:def|class) +([A-Za-z_]\w*)|([A-Za-z_]\w*) *=)'
)


def lesson_of(content: bytes, file_name: str = "") -> str:
    r"""Return the file name of the lesson that a notebook is a copy of; empty if unknown.

    Looks first at the cells' `grade_id`, which they keep when they are moved or become Markdown,
    then at the functions that the notebook defines, then at its heading and its file name.

    Args:
        content: the content of the notebook's file.
        file_name: the file name of the notebook.

    >>> lesson_of(b'{"cells": [{"source": ["import a\\n", "def nest(name, values):\\n"]}]}')
    '02_nested_runs.ipynb'
    """
    lessons = functions()
    marked = [name.replace(b"-", b"_") for name in _GRADE_ID.findall(content)]
    defined = {name or other for name, other in _DEFINITION.findall(content)}
    for names in (marked, defined):
        candidates = [lessons[name] for name in map(bytes.decode, names) if name in lessons]
        if candidates:
            return mode(candidates)
    for lesson, heading in _headings().items():
        if Path(lesson).stem in file_name or heading in content:
            return lesson
    return ""


@cache
def _headings() -> dict[str, bytes]:
    """Return the heading of each lesson, as it begins a string in the notebook's file."""
    headings = {}
    for lesson in sorted(path.name for path in SOLVED.glob("*.ipynb")):
        cells = json.loads((NOTEBOOKS / lesson).read_bytes())["cells"]
        heading = "".join(cells[0]["source"]).splitlines()[0]
        headings[lesson] = json.dumps(heading, ensure_ascii=False)[:-1].encode()
    return headings


def highest_hint(content: bytes) -> str:
    """Return the highest number of a hint that a notebook shows; empty if it shows none.

    Args:
        content: the content of the notebook's file.

    >>> highest_hint(b"Hint 1 of 12 ... Hint 10 of 12"), highest_hint(b"")
    ('10', '')
    """
    return max(re.findall(rb"Hint (\d{1,3}) of \d", content), key=int, default=b"").decode()
