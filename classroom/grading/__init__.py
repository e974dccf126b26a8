"""Grade a folder of notebooks: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

`__main__` is the command line. `collect` finds notebooks among the `files` of folders and zip
files, `layout` tells which student each one belongs to, and `lessons` tells which lesson it is a
copy of. `grader` starts a process for each notebook. There, `worker` is the entry point. `judge`
runs the notebook's `cells` in a sandbox, calls its function through `student`, and reaches the
verdict. `points`, `table` and `feedback` turn the verdict into what students get back.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from classroom.sandbox import Limits, Sandbox

# Where a spreadsheet could see a formula: at the start of a cell, or after a semicolon, which
# separates cells in many countries.
_FORMULA = re.compile(r'(^|;)([\s"]*)(?=[=+\-@＝＋－＠])')


class NotUsable(Exception):
    """The command cannot run. The message says why, and what to do."""


@dataclass(frozen=True)
class Job:
    """One notebook to judge."""

    notebook: Path
    lesson: str  # file name of the lesson that it is a copy of; empty if unknown
    folder: Path  # for this job only
    template: Path  # contains the store that the job gets a copy of
    sandbox: Sandbox
    limits: Limits


@dataclass(frozen=True)
class Grade:
    """The result for one notebook: a row of the table, and the rest of the student's page.

    `judge` fills in the verdict and the reasons, `grader` the rest. All fields but `report` and
    `met` are the columns of the table, in this order.
    """

    file: str = ""
    verdict: str = "broken"  # passed, wrong, unsolved, or broken: it did not reach the check
    first_unmet_requirement: str = ""  # if it is broken, what happened
    error: str = ""  # the first error that a cell raised
    points: float = 0
    hints: str = ""  # the highest number of a hint that the submitted notebook shows
    seconds: float = 0.0
    student: str = ""
    exercise: str = ""
    graded: str = ""  # a hash of the notebook, the course and the settings
    page: str = ""  # the student's page, below the folder `feedback`
    report: str = field(default="", kw_only=True)  # the check's report for the student, in Markdown
    met: list[str] = field(default_factory=list, kw_only=True)  # keys of the requirements met


def plain(text: str, length: int = 200) -> str:
    """Return a string as one line without control characters, shortened if it is long.

    Args:
        text: any string.
        length: the maximum number of characters.
    """
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def readable(name: str, length: int = 200) -> str:
    r"""Return the name of a file in a form that can always be printed and stored.

    Characters that are not printable are escaped, as in Python. A long name keeps both ends.

    Args:
        name: the name, or a path.
        length: the maximum number of characters.

    >>> readable("M\udcfcller/a\nb.ipynb"), readable("x" * 80 + ".ipynb", 20)
    ('M\\udcfcller/a\\nb.ipynb', 'xxxxxxxxxx…xxx.ipynb')
    """
    if len(name) > 2 * length:
        name = name[:length] + name[-length:]
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
    if len(shown) <= length:
        return shown
    half = length // 2
    return f"{shown[:half]}…{shown[half + 1 - length :]}"


def inert(text: str) -> str:
    r"""Return a string that no spreadsheet takes for a formula, wherever it splits a line.

    Args:
        text: any string.

    >>> inert("=1+1"), inert('a/b;"=1+1'), inert("'=1+1"), inert("a-b")
    ("'=1+1", 'a/b;"\'=1+1', "'=1+1", 'a-b')
    """
    return _FORMULA.sub(r"\1\2'", text)


def unused(name: str, taken: Collection[str]) -> str:
    """Return the name if it is not taken, else the name with a number appended.

    Args:
        name: the wanted name.
        taken: the names in use, in the form that `str.casefold` gives.

    >>> unused("Ada", ["ada", "ada (2)"])
    'Ada (3)'
    """
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name} ({number})"
    return candidate
