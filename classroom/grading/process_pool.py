"""Grade notebooks, several at a time, each in a separate process.

Each process is forked from one that has already loaded MLflow (multiprocessing's fork server). This
process never loads it. It accepts only a line of JSON, which comes from outside the sandbox.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from classroom.grading import Grade, Job, NotUsable, Submission, describe
from classroom.grading.points import PointScheme
from classroom.sandbox import COURSE_FOLDER, FOR_MLFLOW, Limits, Sandbox
from classroom.sandbox.work_folders import clear

GRACE = 15.0  # seconds that a notebook's process gets after the time limit
_CODE = ("docs/lessons.toml", "helpers/**/*", "exercises/**/*", "classroom/**/*")


@dataclass(frozen=True)
class Grader:
    """Grade notebooks, each in a process that starts with everything already imported."""

    work_folder: Path  # a folder to work in
    sandbox: Sandbox
    limits: Limits  # for each notebook
    points: PointScheme

    def grade(self, submissions: Sequence[Submission], jobs: int) -> Generator[Grade]:
        """Grade notebooks, several at a time; yield each grade as it comes in.

        Args:
            submissions: the notebooks.
            jobs: how many run at the same time.

        Raises:
            NotUsable: MLflow cannot create a store.
        """
        os.environ.update(FOR_MLFLOW)
        self._template.mkdir()
        try:
            _answer("prepare", self._template, self.sandbox.home(self.work_folder), seconds=300)
        except (EOFError, TimeoutError) as error:
            raise NotUsable(
                "MLflow cannot create a store for the notebooks. The lines above say why."
            ) from error
        with ThreadPool(jobs) as pool:  # each thread only waits for a process
            yield from pool.imap_unordered(self._complete_grade, submissions)

    @property
    def _template(self) -> Path:
        """The folder of the store that each notebook gets a copy of."""
        return self.work_folder / "template"

    def _complete_grade(self, submission: Submission) -> Grade:
        """Judge a submission, and add what is known without running the notebook."""
        began = time.monotonic()
        problem = submission.problem
        grade = Grade(first_unmet_requirement=problem) if problem else self._judge(submission)
        exercise = Path(submission.lesson).stem
        return replace(
            grade,
            file=submission.file,
            points=self.points.of(exercise, grade),
            hints=submission.hints,
            seconds=round(time.monotonic() - began, 1),
            student=submission.student,
            exercise=exercise,
            graded=self.fingerprint(submission),
            page=submission.page,
        )

    def _judge(self, submission: Submission) -> Grade:
        """Let a process judge a notebook, and clean up; whatever happens, return a grade."""
        folder = self.work_folder / f"{submission.path.stem}-job"
        places = (folder, self._template, self.sandbox, self.limits)
        job = Job(submission.path, submission.lesson, *places, _case_seed(submission.student))
        try:
            folder.mkdir()
            return Grade(**_answer("judge_job", job, seconds=self.limits.seconds + GRACE))
        except TimeoutError:
            reason = self.limits.too_long
        except EOFError:  # it ended without an answer, perhaps because it ran out of memory
            reason = "the check died while it read what the notebook logged"
        except Exception as error:  # the system's, such as too many processes, or a full disk
            reason = f"it cannot be judged ({describe(error)})"
        finally:
            self.sandbox.end(folder)
            clear(folder)
        return Grade(first_unmet_requirement=reason)

    def fingerprint(self, submission: Submission) -> str:
        """Return a hash of everything that a grade depends on.

        Args:
            submission: the notebook.
        """
        content = b"" if submission.problem else submission.path.read_bytes()
        identity = replace(submission, path=Path())
        case_seed = _case_seed(submission.student)
        settings = repr((identity, self.limits, self.points, _course_hash(), case_seed))
        return hashlib.sha256(settings.encode() + content).hexdigest()[:16]


def _case_seed(student: str) -> str:
    """Return the seed of a student's case on page 15: the name, and the class's word.

    A number that the platform puts after a name is not part of it.
    """
    word = os.environ.get("CASE_SEED", "")
    name = re.sub(r" \(\d+\)$", "", student)
    return f"{name} {word}" if word else "practice"


@cache
def _course_hash() -> str:
    """Return a hash of the course's code: a changed check may give other verdicts."""
    paths = {path for pattern in _CODE for path in COURSE_FOLDER.glob(pattern)}
    code = [path for path in paths if path.suffix in (".py", ".toml", ".csv")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(code))).hexdigest()


def _answer(function: str, *arguments: object, seconds: float) -> Any:
    """Call a function of `fork_server` in a new process; return its answer, and end the process.

    Raises:
        TimeoutError: the answer did not come in time.
        EOFError: the process ended without an answer.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["classroom.grading.fork_server"])
    pipe, other_end = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(other_end, function, *arguments))
    with pipe:
        with other_end:
            process.start()
        try:
            if not pipe.poll(seconds):
                raise TimeoutError
            return json.loads(pipe.recv_bytes())
        finally:
            process.kill()
            process.join()


def _call(pipe: Connection, function: str, *arguments: object) -> None:
    """Call a function of `fork_server`, in the forked process: the parent never imports MLflow."""
    from classroom.grading import fork_server

    answer = getattr(fork_server, function)(*arguments)
    pipe.send_bytes(json.dumps(answer).encode())
