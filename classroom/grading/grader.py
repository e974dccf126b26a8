"""Grade notebooks, several at a time, each in a separate process.

Each process is forked from one that has already loaded MLflow (multiprocessing's fork server). This
process never loads it. It accepts only a line of JSON, which comes from outside the sandbox.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from classroom.grading import Grade, Job, NotUsable
from classroom.grading.collect import Submission
from classroom.grading.files import describe
from classroom.grading.lessons import LESSONS
from classroom.grading.points import Points
from classroom.sandbox import COURSE, FOR_MLFLOW, Limits, Sandbox
from classroom.sandbox.folders import clear

GRACE = 15.0  # seconds that a notebook's process gets after the time limit


class Grader:
    """Grade notebooks, each in a process that starts with everything already imported."""

    def __init__(self, folder: Path, chosen: Sandbox, limits: Limits, points: Points) -> None:
        """Load MLflow and create the store that each notebook gets a copy of.

        Args:
            folder: an empty folder to work in.
            chosen: the sandbox; see `choose`.
            limits: what each notebook may use.
            points: what each requirement is worth.

        Raises:
            NotUsable: MLflow cannot create a store.
        """
        self.folder, self.sandbox, self.limits, self.points = folder, chosen, limits, points
        self.template = folder / "template"
        self.template.mkdir()
        os.environ.update(FOR_MLFLOW)
        try:
            _Worker("prepare", self.template, chosen.home(folder)).answer(limits.seconds)
        except (EOFError, TimeoutError) as error:
            raise NotUsable(
                "MLflow cannot create a store for the notebooks. The lines above say why."
            ) from error

    def grade(self, taken: Sequence[Submission], jobs: int) -> Iterator[Grade]:
        """Grade notebooks, several at a time; yield each grade as it comes in.

        Args:
            taken: the notebooks.
            jobs: how many run at the same time.
        """
        waiting = list(taken)
        running: dict[Connection, tuple[Submission, Path, _Worker]] = {}
        while waiting or running:
            while waiting and len(running) < jobs:
                submission = waiting.pop(0)
                problem = submission.problem
                if not problem:
                    try:
                        folder, worker = self._start(submission)
                        running[worker.pipe] = submission, folder, worker
                    except Exception as error:
                        problem = f"no process could be started for it ({describe(error)})"
                if problem:
                    broken = Grade(first_unmet_requirement=problem)
                    yield self._completed(submission, broken, 0)
            wait(running, timeout=1)
            for pipe, (_, _, worker) in list(running.items()):
                if pipe.poll() or worker.seconds() > self.limits.seconds + GRACE:
                    yield self._grade_of(*running.pop(pipe))

    def _start(self, submission: Submission) -> tuple[Path, _Worker]:
        """Start the process that judges a notebook; return its folder and the process."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        places = (folder, self.template, self.sandbox, self.limits)
        return folder, _Worker("run", Job(submission.path, submission.lesson, *places))

    def _grade_of(self, submission: Submission, folder: Path, worker: _Worker) -> Grade:
        """Return the grade that a worker answers, and clean up after the notebook."""
        try:
            grade = Grade(**worker.answer(0))
        except TimeoutError:
            grade = Grade(first_unmet_requirement=self.limits.too_long)
        except EOFError:  # it ended without an answer, perhaps because it ran out of memory
            died = "the check died while it read what the notebook logged"
            grade = Grade(first_unmet_requirement=died)
        except Exception as error:
            grade = Grade(first_unmet_requirement=f"its grade cannot be read ({describe(error)})")
        self.sandbox.end(folder)
        clear(folder)
        return self._completed(submission, grade, round(worker.seconds(), 1))

    def _completed(self, submission: Submission, grade: Grade, seconds: float) -> Grade:
        """Return a grade completed with what is known without running the notebook."""
        exercise = Path(submission.lesson).stem
        return replace(
            grade,
            file=submission.file,
            points=self.points.of(exercise, grade),
            hints=submission.hints,
            seconds=seconds,
            student=submission.student,
            exercise=exercise,
            graded=self.fingerprint(submission),
            page=submission.page,
        )

    def fingerprint(self, submission: Submission) -> str:
        """Return a hash of everything that a grade depends on.

        Args:
            submission: the notebook.
        """
        known = (submission.student, submission.page, submission.lesson, submission.problem)
        settings = (*known, self.limits, self.points, _course())
        content = b"" if submission.problem else submission.path.read_bytes()
        return hashlib.sha256(repr(settings).encode() + content).hexdigest()[:16]


class _Worker:
    """A forked process that runs one function of `worker`."""

    def __init__(self, function: str, *arguments: object) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["classroom.grading.worker"])
        self.pipe, other_end = context.Pipe(duplex=False)
        self.process = context.Process(target=_call, args=(function, *arguments, other_end))
        self.started = time.monotonic()
        self.process.start()
        other_end.close()

    def seconds(self) -> float:
        """Return how many seconds the process has been running."""
        return time.monotonic() - self.started

    def answer(self, seconds: float) -> Any:
        """Wait for the answer of the process, then end the process.

        Args:
            seconds: how long to wait.

        Raises:
            TimeoutError: the answer did not come in time.
            EOFError: the process ended without an answer.
        """
        try:
            if not self.pipe.poll(seconds):
                raise TimeoutError
            return json.loads(self.pipe.recv_bytes())
        finally:
            self.process.kill()
            self.process.join()
            self.pipe.close()


def _call(function: str, *arguments: object) -> None:
    """Call a function of `worker`. Runs in the forked process: the parent never imports MLflow."""
    from classroom.grading import worker

    getattr(worker, function)(*arguments)


@cache
def _course() -> str:
    """Return a hash of the course's code: a changed check may give other verdicts."""
    files = (
        path
        for top in ("helpers", "exercises", "classroom")
        for kind in ("py", "toml", "csv")
        for path in sorted(COURSE.glob(f"{top}/**/*.{kind}"))
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in (LESSONS, *files))).hexdigest()
