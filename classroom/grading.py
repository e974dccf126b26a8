"""Grade a folder of notebooks: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

Each submission runs in a sandbox of its own, with a process of ours outside that calls the
student's function in it, reads what that logged, and forms the verdict. This one holds the table;
it believes nothing but a line of JSON from that process, which the sandbox cannot reach.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from multiprocessing.process import BaseProcess
from pathlib import Path

from tqdm import tqdm

from classroom.choice import KINDS, choose
from classroom.job import Job, Judgement, judge, out_of_time, plain, prepare
from classroom.sandbox import MIB, Limits, NoSandbox, Sandbox, clear

LIMITS = Limits()
GRACE = 15.0  # seconds for what a submission's process does after the time limit


@dataclass(frozen=True)
class Grade:
    """One line of the table."""

    file: str
    verdict: str  # passed, wrong, unsolved, or broken: it did not come as far as the check
    first_unmet_requirement: str = ""
    error: str = ""  # the first error of a cell of the student's own
    points: int = 0
    hints: int | None = None  # the highest number of a hint that the submitted notebook shows
    seconds: float = 0.0


def grade_all(
    submissions: Path, chosen: Sandbox, *, jobs: int = 2, limits: Limits = LIMITS
) -> Iterator[Grade]:
    """Grade every notebook of a folder or zip file; yield the grades as they come in.

    Args:
        submissions: a folder, searched with its subfolders, or a zip file.
        chosen: the sandbox; see `sandbox.choose`.
        jobs: how many notebooks run at the same time.
        limits: what each notebook may use.

    Raises:
        FileNotFoundError: there is no such folder or zip file, or no notebook in it.
    """
    with _unpacked(submissions) as folder, _workshop() as workshop:
        files = [p for p in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
        if not files:
            raise FileNotFoundError(f"There is no *.ipynb in {submissions}.")
        grader = _Grader(workshop, chosen, limits)
        with ThreadPoolExecutor(jobs) as pool:
            waiting = [pool.submit(grader.grade, p, str(p.relative_to(folder))) for p in files]
            try:
                for done in tqdm(as_completed(waiting), total=len(files), unit="notebook"):
                    yield done.result()
            finally:  # Ctrl-C: begin no other one, and wait for none
                pool.shutdown(wait=False, cancel_futures=True)
                grader.stop()


@contextmanager
def _unpacked(submissions: Path) -> Iterator[Path]:
    if submissions.is_dir():
        yield submissions
    elif zipfile.is_zipfile(submissions):
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(submissions) as archive:
            archive.extractall(folder)  # keeps every member within the folder
            yield Path(folder)
    else:
        raise FileNotFoundError(f"{submissions} is neither a folder nor a zip file.")


@contextmanager
def _workshop() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="grading-"))
    try:
        yield folder
    finally:
        clear(folder)


# For the process that loads MLflow: no lines about databases; no connection outlives its question.
_FOR_MLFLOW = {
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",
}


class _Grader:
    """Grades one notebook after the other, in processes that need not import anything any more.

    Each is a copy of one that has MLflow loaded (multiprocessing's fork server).
    """

    def __init__(self, folder: Path, chosen: Sandbox, limits: Limits) -> None:
        self.folder, self.sandbox, self.limits = folder, chosen, limits
        self.template = folder / "template"
        self.template.mkdir()
        os.environ.update(_FOR_MLFLOW)
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(["classroom.ready"])
        self.running: set[BaseProcess] = set()
        process = self.processes.Process(target=prepare, args=(self._job(Path(), folder),))
        process.start()
        process.join()
        if process.exitcode:
            raise RuntimeError("MLflow could not make a store for the submissions; see above.")

    def _job(self, notebook: Path, folder: Path) -> Job:
        private = folder / "private"
        return Job(notebook, folder, private, self.template, self.sandbox, self.limits)

    def grade(self, notebook: Path, name: str) -> Grade:
        """Grade one notebook, and leave nothing of it behind.

        Args:
            notebook: its file.
            name: what the table calls it.
        """
        started = time.monotonic()
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "private").mkdir()
        try:
            found = self._judged(self._job(notebook.resolve(), folder))
        finally:
            self.sandbox.end(folder)
            clear(folder)
        seconds = round(time.monotonic() - started, 1)
        said = (found.verdict, found.unmet, found.error, found.points)
        return Grade(name, *said, _hints(notebook), seconds)

    def _judged(self, job: Job) -> Judgement:
        answer, other_end = self.processes.Pipe(duplex=False)
        process = self.processes.Process(target=judge, args=(job, other_end))
        process.start()
        self.running.add(process)
        other_end.close()
        try:
            if not answer.poll(job.limits.seconds + GRACE):
                return out_of_time(job)
            return Judgement(**json.loads(answer.recv_bytes()))
        except EOFError:  # it has ended without an answer: out of memory, say
            return Judgement("broken", "what it logged can be read")
        finally:
            process.kill()
            process.join()
            self.running.discard(process)
            answer.close()

    def stop(self) -> None:
        """End what is running."""
        for process in list(self.running):
            process.kill()


def _hints(file: Path) -> int | None:
    found = re.findall(r"Hint (\d+) of \d+", file.read_text(encoding="utf-8", errors="replace"))
    return max(map(int, found), default=None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parsed = _parser().parse_args(arguments)
    grades: list[Grade] = []
    try:
        chosen = choose(parsed.sandbox)
        print(f"Each notebook runs in a sandbox: {chosen.name}.", file=sys.stderr)
        limits = Limits(seconds=parsed.time_limit, memory=parsed.memory * MIB)
        for grade in grade_all(parsed.submissions, chosen, jobs=parsed.jobs, limits=limits):
            grades.append(grade)
    except (FileNotFoundError, NoSandbox) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: the table holds what was graded.", file=sys.stderr)
        return 130
    finally:
        if grades:
            _write(sorted(grades, key=lambda grade: grade.file), parsed.output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m classroom.grading", description=__doc__)
    parser.add_argument("submissions", type=Path, help="a folder of notebooks, or a zip of one")
    parser.add_argument("--output", type=Path, default=Path("grades.csv"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--time-limit", type=float, default=120, metavar="SECONDS")
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


def _harmless(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula.

    >>> _harmless("=1+1"), _harmless(-1)
    ("'=1+1", -1)
    """
    return f"'{value}" if isinstance(value, str) and value[:1] in set("=+-@") else value


def _write(grades: Sequence[Grade], output: Path) -> None:
    """Write the table to the screen and to a CSV file."""
    columns = [field.name for field in fields(Grade)]
    with output.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(
            {name: _harmless(value) for name, value in asdict(grade).items()} for grade in grades
        )
    names = [plain(grade.file) for grade in grades]
    for grade, name in zip(grades, names, strict=True):
        print(f"{name:{max(map(len, names))}}  {grade.verdict:8}  {grade.seconds:5.1f} s", end="  ")
        print(grade.first_unmet_requirement)
    passed = sum(grade.verdict == "passed" for grade in grades)
    print(f"{passed} of {len(grades)} passed. The table is in {output}.")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
