"""Grade notebooks, several at a time, each in a process of its own that judges it.

That process is a copy of one that has MLflow loaded (multiprocessing's fork server), which this one
never loads. All that this one believes is a line of JSON from there, out of the sandbox's reach.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from classroom.grading import Job, Judgement, NotUsable
from classroom.grading.collect import Submission
from classroom.grading.points import Points
from classroom.grading.table import Grade
from classroom.sandbox import COURSE, FOR_MLFLOW, Limits, Sandbox
from classroom.sandbox.folders import clear

GRACE = 15.0  # seconds for what a notebook's process does after the time limit


class Grader:
    """Grades notebooks in processes that need not import anything any more."""

    def __init__(self, folder: Path, chosen: Sandbox, limits: Limits, points: Points) -> None:
        """Load MLflow and make the store that each notebook gets a copy of.

        Args:
            folder: an empty one, to work in.
            chosen: the sandbox; see `choose`.
            limits: what each notebook may use.
            points: what each requirement is worth.

        Raises:
            NotUsable: MLflow cannot make a store.
        """
        self.folder, self.sandbox, self.limits, self.points = folder, chosen, limits, points
        self.template = folder / "template"
        self.template.mkdir()
        os.environ.update(FOR_MLFLOW)
        try:
            _Worker("prepare", self.template, chosen.home(folder)).answer(limits.seconds)
        except (EOFError, TimeoutError) as error:
            raise NotUsable("MLflow cannot make a store for the notebooks; see above.") from error

    def grade(self, taken: Sequence[Submission], jobs: int) -> Iterator[tuple[Grade, str]]:
        """Grade notebooks, several at a time; yield each grade and report as they come in.

        Args:
            taken: the notebooks.
            jobs: how many run at the same time.
        """
        waiting = list(taken)
        running: dict[Connection, tuple[Submission, Path, _Worker]] = {}
        while waiting or running:
            while waiting and len(running) < jobs:
                one, folder = waiting.pop(0), Path(tempfile.mkdtemp(dir=self.folder))
                to = (folder, self.template, self.sandbox, self.limits)
                worker = _Worker("run", Job(one.path, one.lesson, *to))
                running[worker.pipe] = one, folder, worker
            wait(running, timeout=1)
            for pipe, (_, _, worker) in list(running.items()):
                if pipe.poll() or worker.seconds() > self.limits.seconds + GRACE:
                    yield self._graded(*running.pop(pipe))

    def _graded(self, one: Submission, folder: Path, worker: _Worker) -> tuple[Grade, str]:
        """Take a worker's answer, and leave nothing of the notebook behind."""
        try:
            found = Judgement(**worker.answer(0))
        except TimeoutError:
            found = Judgement("broken", self.limits.too_long)
        except EOFError:  # it has ended without an answer: out of memory, say
            found = Judgement("broken", "the check died while it read what the notebook logged")
        self.sandbox.end(folder)
        clear(folder)
        exercise = Path(one.lesson).stem
        grade = Grade(
            one.file,
            found.verdict,
            found.unmet,
            found.error,
            self.points.of(exercise, found),
            one.hints,
            round(worker.seconds(), 1),
            one.student,
            exercise,
            self.fingerprint(one),
        )
        return grade, found.report

    def fingerprint(self, one: Submission) -> str:
        """Return what changes when a notebook would be graded otherwise.

        Args:
            one: the notebook.
        """
        settings = (one.student, one.lesson, self.limits, self.points, _course())
        return hashlib.sha256(repr(settings).encode() + one.path.read_bytes()).hexdigest()[:16]


class _Worker:
    """A process that has MLflow loaded, at one of the works in `worker`."""

    def __init__(self, work: str, *arguments: object) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["classroom.grading.worker"])
        self.pipe, other_end = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(work, *arguments, other_end))
        self.started = time.monotonic()
        self.process.start()
        other_end.close()

    def seconds(self) -> float:
        """Return for how long it has been there."""
        return time.monotonic() - self.started

    def answer(self, seconds: float) -> Any:
        """Wait for its answer, and end it.

        Args:
            seconds: how long to wait.

        Raises:
            TimeoutError: there was none by then.
            EOFError: it ended without one.
        """
        try:
            if not self.pipe.poll(seconds):
                raise TimeoutError
            return json.loads(self.pipe.recv_bytes())
        finally:
            self.process.kill()
            self.process.join()
            self.pipe.close()


def _work(work: str, *arguments: object) -> None:
    """Do one of the works, in a process that has them loaded: this one never has."""
    from classroom.grading import worker

    getattr(worker, work)(*arguments)


@cache
def _course() -> str:
    """Return a fingerprint of the course's own code: with another check, others pass."""
    files = (
        path
        for top in ("helpers", "exercises", "classroom")
        for kind in ("py", "toml", "csv")
        for path in sorted(COURSE.glob(f"{top}/**/*.{kind}"))
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
