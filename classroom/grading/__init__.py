"""Grade a folder of notebooks: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

`__main__` is the command line. `collect` takes notebooks from the `files` of folders and zip files,
`layout` tells which student each belongs to, and `lessons` which lesson it is a copy of. `grader`
starts a process for each notebook. In it, `worker` begins and `judge` runs the notebook's `cells`
in a sandbox, calls its function by way of `student`, and forms the verdict. `points`, `table` and
`feedback` turn that into what is handed back.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from classroom.sandbox import Limits, Sandbox

# Where a spreadsheet could see a formula: at the start of a cell, or after a semicolon, which
# separates cells in half of the world.
_FORMULA = re.compile(r'(^|;)([\s"]*)(?=[=+\-@＝＋－＠])')


class NotUsable(Exception):
    """The command cannot do what it was asked to; the message says why, and what to do."""


@dataclass(frozen=True)
class Job:
    """One notebook to judge."""

    notebook: Path
    lesson: str  # file name of the lesson that it is a copy of; empty if that cannot be told
    folder: Path  # for this job alone
    template: Path  # holds the store that it gets a copy of
    sandbox: Sandbox
    limits: Limits


@dataclass(frozen=True)
class Grade:
    """What comes out for one notebook: a line of the table, and what else its page shows.

    `judge` fills in the verdict and the reasons, `grader` the rest. In this order, all but `report`
    and `met` are the columns of the table.
    """

    file: str = ""
    verdict: str = "broken"  # passed, wrong, unsolved, or broken: it did not reach the check
    first_unmet_requirement: str = ""  # of a broken one, what happened
    error: str = ""  # the first error that a cell raised
    points: float = 0
    hints: str = ""  # the highest number of a hint that the submitted notebook shows
    seconds: float = 0.0
    student: str = ""
    exercise: str = ""
    graded: str = ""  # a hash of the notebook, the course and the settings
    page: str = ""  # the student's page, below the folder `feedback`
    report: str = field(default="", kw_only=True)  # the check's, in Markdown, for the student
    met: list[str] = field(default_factory=list, kw_only=True)  # keys of the requirements met


def plain(text: str, length: int = 200) -> str:
    """Return a student's text as one line that no terminal takes for a command.

    Args:
        text: any text.
        length: the most characters that are kept.
    """
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def readable(name: str, length: int = 200) -> str:
    r"""Return the name of a file so that it can be printed and stored, whatever is in it.

    What is not printable is escaped, as in Python; of a long name, the start and the end are kept.

    Args:
        name: the name, or a path.
        length: the most characters that are kept.

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
    r"""Return a text that no spreadsheet takes for a formula, wherever it splits a line.

    Args:
        text: any text.

    >>> inert("=1+1"), inert('a/b;"=1+1'), inert("'=1+1"), inert("a-b")
    ("'=1+1", 'a/b;"\'=1+1', "'=1+1", 'a-b')
    """
    return _FORMULA.sub(r"\1\2'", text)


def unused(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken yet: itself, else with a number behind it.

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
