"""What passes between the grading and the process that judges one notebook: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection
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


@dataclass(frozen=True)
class Judgement:
    """What is said of a submission."""

    verdict: str  # passed, wrong, unsolved, or broken: it did not come as far as the check
    unmet: str = ""  # the first requirement that is not met
    points: int = 0
    error: str = ""  # the first error of a cell of the student's own
    report: str = ""  # the check's, for the student


def out_of_time(job: Job) -> Judgement:
    """Return what is said of a notebook that takes longer than it may.

    Args:
        job: the notebook.
    """
    return Judgement("broken", f"it ends within {job.limits.seconds:.0f} s")


def plain(text: str, length: int = 200) -> str:
    """Return text of a student's as one line that no terminal takes for a command.

    Args:
        text: whatever it is.
        length: how much of it.
    """
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def prepare(job: Job) -> None:
    """Make the store that every submission gets a copy of, in a process that has MLflow loaded.

    Args:
        job: without a notebook.
    """
    from classroom import ready, store

    (job.template / store.CHECK).write_bytes(ready.EMPTY_STORE)
    store.make(job.template, job.sandbox.home(job.folder))


def judge(job: Job, answer: Connection) -> None:
    """Judge a notebook, in a process that has MLflow loaded.

    Args:
        job: the notebook.
        answer: where the judgement goes, as a line of JSON.
    """
    from classroom import submission

    submission.judge_here(job, answer)
