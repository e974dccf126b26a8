"""Grade a folder of notebooks: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

Each submission runs in a sandbox of its own, with a process of ours outside that calls the
student's function in it, reads what that logged, and forms the verdict. This one holds the table;
it believes nothing but a line of JSON from that process, which the sandbox cannot reach.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path

from tqdm import tqdm

from classroom import feedback
from classroom.choice import KINDS, choose
from classroom.entry import REQUIREMENTS, judge, prepare
from classroom.job import Job, Judgement, out_of_time, plain
from classroom.points import NoPoints, Points
from classroom.points import read as points_of
from classroom.sandbox import COURSE, MIB, Limits, NoSandbox, Sandbox, clear
from classroom.submissions import Collected, NotUsable, Submission, collect, must_be_there
from classroom.table import Grade, NoTable, Table
from classroom.workshop import end_leftovers, must_be_unix, workshop

GRACE = 15.0  # seconds for what a submission's process does after the time limit


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
    """Grades one notebook after the other, in processes that need not import anything any more.

    Each is a copy of one that has MLflow loaded (multiprocessing's fork server).
    """

    def __init__(self, folder: Path, chosen: Sandbox, limits: Limits, points: Points) -> None:
        """Load MLflow and make the store that each notebook gets a copy of.

        Args:
            folder: an empty one, to work in.
            chosen: the sandbox; see `choice.choose`.
            limits: what each notebook may use.
            points: what each requirement is worth.

        Raises:
            NoPoints: there is no such requirement.
            NotUsable: MLflow cannot make a store.
        """
        self.folder, self.sandbox, self.limits, self.points = folder, chosen, limits, points
        self.template = folder / "template"
        self.template.mkdir()
        os.environ.update(_FOR_MLFLOW)
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(["classroom.ready"])
        self.running: set[BaseProcess] = set()
        self.stopped = False
        process = self.processes.Process(target=prepare, args=(self._job(Path(), folder),))
        process.start()
        process.join()
        if process.exitcode:
            raise NotUsable("MLflow could not make a store for the submissions; see above.")
        known = json.loads((self.template / REQUIREMENTS).read_text(encoding="utf-8"))
        points.must_fit({Path(lesson).stem: keys for lesson, keys in known.items()})

    def _job(self, notebook: Path, folder: Path, lesson: str = "") -> Job:
        private = folder / "private"
        return Job(notebook, folder, private, self.template, self.sandbox, self.limits, lesson)

    def grade(self, one: Submission) -> Graded:
        """Grade one notebook, and leave nothing of it behind.

        Args:
            one: the notebook.
        """
        started = time.monotonic()
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "private").mkdir()
        try:
            found = self._judged(self._job(one.path.resolve(), folder, one.lesson))
        finally:
            self.sandbox.end(folder)
            clear(folder)
        exercise = Path(found.lesson or one.lesson).stem
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

    def _judged(self, job: Job) -> Judgement:
        answer, other_end = self.processes.Pipe(duplex=False)
        process = self.processes.Process(target=judge, args=(job, other_end))
        process.start()
        self.running.add(process)
        if self.stopped:  # in the moment in which this one began
            process.kill()
        other_end.close()
        try:
            if not answer.poll(job.limits.seconds + GRACE):
                return out_of_time(job)
            return Judgement(**json.loads(answer.recv_bytes()))
        except EOFError:  # it has ended without an answer: out of memory, say
            return Judgement("broken", "the check of what it logged ended without a verdict")
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status: 0, 1 for bad input, 130 if interrupted."""
    parsed = _parser().parse_args(arguments)
    try:
        return _run(parsed)
    except (NotUsable, NoSandbox, NoTable, NoPoints) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"Interrupted: {parsed.output} holds what was graded. The same command goes on there.",
            file=sys.stderr,
        )
        return 130


def _run(parsed: argparse.Namespace) -> int:
    """Grade what there is to grade: all that can be wrong before the first notebook comes first."""
    must_be_unix()
    source, pattern = _source(parsed.submissions), _pattern(parsed.student)
    points = points_of(parsed.points) if parsed.points else Points()
    table = Table(parsed.output)
    pages = table.output.parent / "feedback"
    feedback.must_be_writable(pages)
    chosen = choose(parsed.sandbox)
    for folder in end_leftovers(chosen):
        _say(f"A grading that was killed had left {folder}: ended, and removed.")
    where = "no sandbox" if chosen.name == "none" else f"a sandbox: {chosen.name}"
    _say(f"Each notebook runs in {where}.")
    with workshop() as room:
        (room / "handed-in").mkdir()
        found = collect(source, room / "handed-in", pattern)
        if not found.taken:
            _list(found)
            raise NotUsable(f"There is no *.ipynb in {source} that can be graded.")
        limits = Limits(seconds=parsed.time_limit, memory=parsed.memory * MIB)
        _grade(found, Grader(room, chosen, limits, points), table, pages, parsed.jobs)
    table.show()
    _list(found)
    passed = sum(grade.verdict == "passed" for grade in table.rows.values())
    print(f"{passed} of {len(table.rows)} passed. The table is in {parsed.output}", end="; ")
    print(f"a page for each student is in {parsed.output.parent / pages.name}.")
    return 0


def _grade(found: Collected, grader: Grader, table: Table, pages: Path, jobs: int) -> None:
    """Grade what is not in the table yet."""
    if earlier := table.keep_only(one.file for one in found.taken):
        _say(f"The table had lines of other submissions; it is kept in {earlier}.")
    waiting = [one for one in found.taken if not _is_done(one, grader, table, pages)]
    if len(waiting) < len(found.taken):
        done = len(found.taken) - len(waiting)
        _say(f"{done} of {len(found.taken)} are graded already, and as they were: they stay.")
    for graded in grade_all(waiting, grader, jobs):
        highest = grader.points.highest(graded.grade.exercise)
        feedback.write(pages, graded.grade, graded.report, highest)
        table.add(graded.grade)
    table.write()


def _is_done(one: Submission, grader: Grader, table: Table, pages: Path) -> bool:
    row = table.rows.get(one.file)
    return bool(
        row and row.graded == grader.fingerprint(one) and feedback.page(pages, row).is_file()
    )


def _list(found: Collected) -> None:
    if found.not_taken:
        print("Not taken:")
        for file in found.not_taken:
            print(f"  {plain(file.file)}: {plain(file.reason)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _source(given: Sequence[str]) -> Path:
    """Return the one path that was given.

    Raises:
        NotUsable: there is none, or several, or nothing there.
    """
    if not any(given):
        raise NotUsable("Which notebooks? make grade SUBMISSIONS=folder (or a zip of it)")
    if len(given) > 1:
        raise NotUsable(
            f"These are {len(given)} paths. One with a space in it needs quotes: "
            f"make grade SUBMISSIONS='{' '.join(given)}'"
        )
    must_be_there(Path(given[0]))
    return Path(given[0])


def _pattern(given: str | None) -> re.Pattern[str] | None:
    """Return a pattern.

    Raises:
        NotUsable: it is none.
    """
    try:
        return re.compile(given) if given else None
    except re.error as error:
        raise NotUsable(f"--student is no regular expression: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m classroom.grading", description=__doc__)
    parser.add_argument("submissions", nargs="*", help="a folder of notebooks, or a zip of one")
    parser.add_argument("--student", metavar="REGEX", help="finds the student in a file's path")
    parser.add_argument("--points", type=Path, metavar="TOML", help="points for each requirement")
    parser.add_argument("--output", type=Path, default=Path("grades.csv"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--time-limit", type=float, default=300, metavar="SECONDS")
    parser.add_argument("--memory", type=int, default=2048, metavar="MB")
    parser.add_argument("--sandbox", choices=[*KINDS, "none"], help="otherwise, what works here")
    parser.add_argument(
        "--no-sandbox",
        dest="sandbox",
        action="store_const",
        const="none",
        help="run them as programs of your own, which can read and change what you can",
    )
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
