"""What passes between the grading and the process that judges one notebook: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from classroom.sandbox import Limits, Sandbox


@dataclass(frozen=True)
class Job:
    """One notebook to judge, and the folders that are for it alone."""

    notebook: Path
    folder: Path  # for what the sandbox is given
    private: Path  # for what it never sees
    template: Path  # holds the store that it gets a copy of
    sandbox: Sandbox
    limits: Limits
    lesson: str = ""  # file name of the lesson that the notebook is a copy of, if that is known


@dataclass(frozen=True)
class Judgement:
    """What is said of a submission."""

    verdict: str  # passed, wrong, unsolved, or broken: it did not come as far as the check
    unmet: str = ""  # the first requirement that is not met; if it is broken, what happened
    error: str = ""  # the first error of a cell of the student's own
    report: str = ""  # the check's, for the student
    met: list[str] = field(default_factory=list)  # keys of the requirements that are met
    lesson: str = ""  # file name of the lesson by whose exercise it was judged


def out_of_time(job: Job) -> Judgement:
    """Return what is said of a notebook that takes longer than it may.

    Args:
        job: the notebook.
    """
    return Judgement("broken", f"took longer than {job.limits.seconds:.0f} s")


def plain(text: str, length: int = 200) -> str:
    """Return text of a student's as one line that no terminal takes for a command.

    Args:
        text: whatever it is.
        length: how much of it.
    """
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"
