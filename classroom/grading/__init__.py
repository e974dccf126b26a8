"""Grade a folder of notebooks: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

A notebook goes through the modules in this order:

1. `__main__` reads the command line.
2. `collect` finds the notebook among those that `list_files` finds in a folder or zip file.
   `platforms` tells which student it belongs to, `recognize_lesson` which lesson it is a copy of.
3. `process_pool` starts a process for it, in which `fork_server` is the entry point.
4. There, `judge_notebook` tries it. `select_cells` selects the cells that must run.
   `student_kernel` runs them in a sandbox and calls the function. `submission_store` is where
   they log. `combine_reports` turns the check's reports into a grade, which goes back to
   `process_pool` as JSON.
5. `points` are added, `feedback` becomes a page for the student, `table` a row for the instructor.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from classroom.sandbox import Limits, Sandbox


class NotUsable(Exception):
    """The command cannot run. The message says why, and what to do."""


@dataclass(frozen=True)
class Submission:
    """A student's newest notebook for a lesson, or a file that cannot be read."""

    file: str  # its unique, printable path in what was handed in
    path: Path = Path()  # a copy of the file
    lesson: str = ""  # file name of the lesson that it is a copy of; empty if unknown
    hints: str = ""  # the highest number of a hint that it shows; empty if it shows none
    student: str = ""
    page: str = ""  # where the student's page goes, below the folder for all of them
    problem: str = ""  # why it cannot be read; then there is no copy


@dataclass(frozen=True)
class Job:
    """What the process that judges a submission gets."""

    notebook: Path
    lesson: str  # file name of the lesson that it is a copy of; empty if unknown
    folder: Path  # for this job only
    template: Path  # contains the store that the job gets a copy of
    sandbox: Sandbox
    limits: Limits
    case_seed: str = "practice"  # of the student's case on page 15


@dataclass(frozen=True)
class Grade:
    """The result for one notebook: a row of the table, and the rest of the student's page.

    `combine_reports` fills in the verdict and the reasons, `process_pool` the rest. All fields
    but `report` and `met` are the columns of the table, in this order.
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


def printable(text: str, length: int = 200) -> str:
    r"""Return a string in a form that can always be printed and stored in one line.

    Characters that are not printable are escaped, as in Python. A long string keeps both ends.

    Args:
        text: any string, such as the name of a file.
        length: the maximum number of characters.

    >>> printable("M\udcfcller/a\nb.ipynb"), printable("x" * 80 + ".ipynb", 20)
    ('M\\udcfcller/a\\nb.ipynb', 'xxxxxxxxxx…xxx.ipynb')
    """
    if len(text) > 2 * length:
        text = text[:length] + text[-length:]
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    if len(shown) <= length:
        return shown
    half = length // 2
    return f"{shown[:half]}…{shown[half + 1 - length :]}"


def in_one_line(text: str, length: int = 200) -> str:
    r"""Return a message in one printable line.

    Args:
        text: any string.
        length: the maximum number of characters.

    >>> in_one_line("two\nlines")
    'two lines'
    """
    return printable(" ".join(text.split()), length)


def describe(error: Exception) -> str:
    """Return the message of an error in one line, or its type if it has no message.

    Args:
        error: the error.
    """
    return in_one_line(str(error)) or type(error).__name__


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
