"""Grade a folder of lesson 05 notebooks: `python -m helpers.challenge.grading FOLDER_OR_ZIP`.

Each submission runs in a process, a kernel, a folder and under an experiment prefix of its own, on
a tracking server that lives as long as the grading. The verdict is that of `check` in the grader's
process, which calls the student's `execute_tuning` in the student's kernel and reads the server
back itself. What a notebook prints, overrides or deletes does not reach it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import psutil
from tqdm import tqdm

from helpers import server


@dataclass(frozen=True)
class Grade:
    """One line of the table."""

    file: str
    verdict: str  # passed, wrong, unsolved, or broken: it did not come as far as the check
    first_unmet_requirement: str = ""
    hints: int | None = None  # the highest number of a hint that the submitted notebook shows
    seconds: float = 0.0


def grade_all(submissions: Path, *, jobs: int = 2, time_limit: float = 120) -> Iterator[Grade]:
    """Grade every notebook of a folder or zip file; yield the grades as they come in.

    Args:
        submissions: a folder, searched with its subfolders, or a zip file.
        jobs: how many notebooks run at the same time.
        time_limit: for each notebook, in seconds.

    Raises:
        FileNotFoundError: there is no such folder or zip file, or no notebook in it.
        ServerError: the grader's tracking server did not start.
    """
    with _unpacked(submissions) as folder:
        files = [p for p in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
        if not files:
            raise FileNotFoundError(f"There is no *.ipynb in {submissions}.")
        with server.EmbeddedServer.temporary() as own, ThreadPoolExecutor(jobs) as pool:
            waiting = [pool.submit(_grade_apart, p, folder, own.url, time_limit) for p in files]
            try:
                for done in tqdm(as_completed(waiting), total=len(files), unit="notebook"):
                    yield done.result()
            finally:  # Ctrl-C: begin no other one
                pool.shutdown(wait=True, cancel_futures=True)


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


def _grade_apart(file: Path, root: Path, url: str, time_limit: float) -> Grade:
    """Grade one notebook in a process of its own, and end all that is left of it."""
    name, started = str(file.relative_to(root)), time.monotonic()
    command = [sys.executable, "-m", "helpers.challenge.submission", str(file.resolve())]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {
            **os.environ,
            "MLFLOW_TRACKING_URI": url,
            "EXPERIMENT_PREFIX": f"{Path(folder).name}-",
            "IPYTHONDIR": folder,  # one student's history is not the next one's
        }
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=-1, stderr=-1, text=True
        ) as process:
            try:
                said, complaint = process.communicate(timeout=time_limit)
                verdict, unmet = _verdict(said, complaint)
            except subprocess.TimeoutExpired:
                verdict, unmet = "broken", f"it ends within {time_limit:.0f} s"
            finally:
                _end_all_under(environment["EXPERIMENT_PREFIX"])
    return Grade(name, verdict, unmet, _hints(file), round(time.monotonic() - started, 1))


def _verdict(said: str, complaint: str) -> tuple[str, str]:
    """Read what helpers.challenge.submission printed: one line of JSON, or why there is none."""
    if said:
        verdict, unmet = json.loads(said)
        return verdict, unmet
    return "broken", f"it runs ({(complaint.strip().splitlines() or ['killed'])[-1]})"


def _end_all_under(prefix: str) -> None:
    """End what the notebook has started, also what has left its kernel's family."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # another user's, or it has ended by itself
            if process.environ().get("EXPERIMENT_PREFIX") == prefix:
                process.kill()


def _hints(file: Path) -> int | None:
    found = re.findall(r"Hint (\d+) of \d+", file.read_text(encoding="utf-8", errors="replace"))
    return max(map(int, found), default=None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.challenge.grading", description=__doc__
    )
    parser.add_argument("submissions", type=Path, help="a folder of notebooks, or a zip of one")
    parser.add_argument("--output", type=Path, default=Path("grades.csv"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--time-limit", type=float, default=120, metavar="SECONDS")
    parsed = parser.parse_args(arguments)
    grades: list[Grade] = []
    try:
        for grade in grade_all(parsed.submissions, jobs=parsed.jobs, time_limit=parsed.time_limit):
            grades.append(grade)
    except (FileNotFoundError, server.ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: the table holds what was graded.", file=sys.stderr)
        return 130
    finally:
        if grades:
            _write(sorted(grades, key=lambda grade: grade.file), parsed.output)
    return 0


def _write(grades: Sequence[Grade], output: Path) -> None:
    """Write the table to the screen and to a CSV file."""
    columns = [field.name for field in fields(Grade)]
    with output.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(asdict(grade) for grade in grades)
    width = max(len(grade.file) for grade in grades)
    for grade in grades:
        print(f"{grade.file:{width}}  {grade.verdict:8}  {grade.seconds:5.1f} s", end="  ")
        print(grade.first_unmet_requirement)
    passed = sum(grade.verdict == "passed" for grade in grades)
    print(f"{passed} of {len(grades)} passed. The table is in {output}.")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
