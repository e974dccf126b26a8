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
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tqdm import tqdm

from classroom.grading import Job, Judgement, NotUsable
from classroom.grading.collect import Submission
from classroom.grading.points import Points
from classroom.grading.table import Grade
from classroom.sandbox import COURSE, Limits, Sandbox
from classroom.sandbox.folders import clear

GRACE = 15.0  # seconds for what a notebook's process does after the time limit


def grade_all(taken: Sequence[Submission], grader: Grader, jobs: int = 2) -> Iterator[Graded]:
    """Grade notebooks, several at a time; yield the grades as they come in.

    Args:
        taken: the notebooks.
        grader: what grades one.
        jobs: how many run at the same time.
    """
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(grader.grade, one) for one in taken]
        try:
            for done in tqdm(as_completed(waiting), total=len(taken), unit="notebook"):
                yield done.result()
        finally:  # Ctrl-C: begin no other one, and wait for none
            pool.shutdown(wait=False, cancel_futures=True)
            grader.stop()


# For the process that loads MLflow: no lines about databases; no connection outlives its question.
_FOR_MLFLOW = {
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",
}


@dataclass(frozen=True)
class Graded:
    """A notebook's line of the table, and what its student is told."""

    grade: Grade
    report: str


class Grader:
    """Grades one notebook after the other, in processes that need not import anything any more."""

    def __init__(self, folder: Path, chosen: Sandbox, limits: Limits, points: Points) -> None:
        """Load MLflow and make the store that each notebook gets a copy of.

        Args:
            folder: an empty one, to work in.
            chosen: the sandbox; see `choose`.
            limits: what each notebook may use.
            points: what each requirement is worth.

        Raises:
            NotUsable: there is no requirement that the points name, or MLflow cannot make a store.
        """
        self.folder, self.sandbox, self.limits, self.points = folder, chosen, limits, points
        self.template = folder / "template"
        self.template.mkdir()
        os.environ.update(_FOR_MLFLOW)
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(["classroom.grading.worker"])
        self.running: set[BaseProcess] = set()
        self.stopped = False
        try:
            known = self._asked("prepare", self.template, chosen.home(folder))
        except (EOFError, TimeoutError) as error:
            raise NotUsable("MLflow cannot make a store for the notebooks; see above.") from error
        points.must_fit({Path(lesson).stem: keys for lesson, keys in known.items()})

    def grade(self, one: Submission) -> Graded:
        """Grade one notebook, and leave nothing of it behind.

        Args:
            one: the notebook.
        """
        started = time.monotonic()
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        job = Job(one.path, one.lesson, folder, self.template, self.sandbox, self.limits)
        job.private.mkdir()
        try:
            found = Judgement(**self._asked("run", job))
        except TimeoutError:
            found = Judgement("broken", self.limits.too_long)
        except EOFError:  # it has ended without an answer: out of memory, say
            found = Judgement("broken", "the check of what it logged ended without a verdict")
        finally:
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
            round(time.monotonic() - started, 1),
            one.student,
            exercise,
            self.fingerprint(one),
        )
        return Graded(grade, found.report)

    def fingerprint(self, one: Submission) -> str:
        """Return what changes when a notebook would be graded otherwise.

        Args:
            one: the notebook.
        """
        settings = (one.sha256, one.student, one.lesson, self.limits, self.points, _course())
        return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]

    def _asked(self, work: str, *arguments: object) -> Any:
        """Have the worker do something in a process of its own; return its answer.

        Raises:
            TimeoutError: it took too long.
            EOFError: it ended without an answer.
        """
        answer, other_end = self.processes.Pipe(duplex=False)
        process = self.processes.Process(target=_work, args=(work, *arguments, other_end))
        process.start()
        self.running.add(process)
        if self.stopped:  # in the moment in which this one began
            process.kill()
        other_end.close()
        try:
            if not answer.poll(self.limits.seconds + GRACE):
                raise TimeoutError
            return json.loads(answer.recv_bytes())
        finally:
            process.kill()
            process.join()
            self.running.discard(process)
            answer.close()

    def stop(self) -> None:
        """End what is running, and what is about to run."""
        self.stopped = True
        for process in list(self.running):
            process.kill()


def _work(work: str, *arguments: object) -> None:
    """Do one of the worker's works, in a process that has it loaded: this one never has."""
    from classroom.grading import worker

    getattr(worker, work)(*arguments)


@cache
def _course() -> str:
    """Return a fingerprint of the course's own code: with another check, others pass."""
    files = sorted(
        path
        for top in ("helpers", "exercises", "classroom")
        for path in COURSE.glob(f"{top}/**/*.*")
        if path.suffix in (".py", ".toml")
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
