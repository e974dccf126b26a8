"""Grade a folder of notebooks: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

`__main__` is the command line. `collect` takes notebooks from folders and zip files, and `lessons`
tells which lesson each is a copy of. `grader` starts a process for each notebook. In it, `worker`
begins and `judge` runs the notebook's `cells` in a sandbox, calls its function by way of `student`,
and forms the verdict. `points`, `table` and `feedback` make of it what is handed back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from classroom.sandbox import Limits, Sandbox


class NotUsable(Exception):
    """What was asked for cannot be done; the message says why, and what to do."""


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
class Judgement:
    """What is said of a notebook."""

    verdict: str  # passed, wrong, unsolved, or broken: it did not come as far as the check
    unmet: str = ""  # the first requirement that is not met; if it is broken, what happened
    error: str = ""  # the first error that a cell raised
    report: str = ""  # the check's, for the student
    met: list[str] = field(default_factory=list)  # keys of the requirements that are met


def plain(text: str, length: int = 200) -> str:
    """Return text of a student's as one line that no terminal takes for a command.

    Args:
        text: whatever it is.
        length: how much of it.
    """
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"
