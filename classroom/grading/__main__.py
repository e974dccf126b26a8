"""Run the command line of `make grade`, and reject bad input before the first notebook runs."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import signal
import sys
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from classroom.grading import NotUsable, Submission, feedback
from classroom.grading.collect import collect
from classroom.grading.points import PointScheme, read_points
from classroom.grading.process_pool import Grader
from classroom.grading.table import Table
from classroom.sandbox import MIB, Limits, NoSandbox
from classroom.sandbox.choose import KINDS, choose
from classroom.sandbox.work_folders import (
    end_descendants,
    end_leftovers,
    must_be_linux,
    temporary_work_folder,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status: 0, 1 for bad input, 130 if interrupted."""
    try:
        return _run(_parser().parse_args(arguments))
    except (NotUsable, NoSandbox) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        _say("Interrupted. Run the same command to continue.")
        return 130


def _run(parsed: argparse.Namespace) -> int:
    """Grade all submissions; check everything that can go wrong before the first notebook runs."""
    must_be_linux()
    if min(parsed.jobs, parsed.time_limit, parsed.memory) <= 0:
        raise NotUsable("--jobs, --time-limit and --memory must be greater than 0.")
    source, table = _source(parsed.submissions), Table(parsed.output)
    sandbox = choose(parsed.sandbox)
    for folder in end_leftovers(sandbox):
        _say(f"Cleaned up {folder}, which an earlier, killed grading had left behind.")
    _say(f"Sandbox for each notebook: {sandbox.name}.")
    with temporary_work_folder() as work_folder:
        collection = collect(source, work_folder, parsed.student)
        if collection.top:
            _say(f"All submissions are in the folder {collection.top}, so it is not a student.")
        if not collection.submissions:
            _list_skipped(collection.skipped)
            raise NotUsable(f"There is no *.ipynb in {source} that can be graded.")
        limits = Limits(seconds=parsed.time_limit, memory=parsed.memory * MIB)
        grader = Grader(work_folder, sandbox, limits, parsed.points)
        try:
            _grade(collection.submissions, grader, table, parsed.jobs)
        finally:  # also end a process that had just started when Ctrl-C was pressed
            end_descendants()
            sandbox.end(work_folder)
    table.draw()
    if parsed.json:
        print(json.dumps({"grades": table.records(), "skipped": collection.skipped}))
        return 0
    table.show()
    _list_skipped(collection.skipped)
    print(
        f"{table.summary} The table is in {parsed.output}, what held up the class in "
        f"{table.page.name} next to it, and a page for each student in "
        f"{parsed.output.parent / table.pages.name}."
    )
    return 0


def _grade(submissions: list[Submission], grader: Grader, table: Table, jobs: int) -> None:
    """Grade the submissions that are not in the table yet."""
    if earlier := table.keep_only(submission.file for submission in submissions):
        _say(f"The table also had rows for other submissions. It is saved as {earlier}.")
    waiting = [s for s in submissions if not table.is_done(s, grader.fingerprint(s))]
    if unchanged := len(submissions) - len(waiting):
        _say(f"{unchanged} of {len(submissions)} have not changed since they were graded: kept.")
    with closing(grader.grade(waiting, jobs)) as grades:
        for grade in tqdm(grades, total=len(waiting), unit="notebook", disable=not waiting):
            feedback.write(table.pages, grade, grader.points.highest(grade.exercise))
            table.add(grade)
    table.write()


def _list_skipped(skipped: dict[str, str]) -> None:
    if skipped:
        print("Skipped:")
        for file, reason in sorted(skipped.items()):
            print(f"  {file}: {reason}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _source(path: str) -> Path:
    """Return the path of the submissions.

    Raises:
        NotUsable: there is none, or it is neither a folder nor a zip file.
    """
    if not path:
        raise NotUsable(
            "Say which notebooks to grade: make grade SUBMISSIONS=folder (or a zip file of it)"
        )
    source = Path(path)
    if not source.is_dir() and not zipfile.is_zipfile(source):
        raise NotUsable(
            f"{source} is neither a folder nor a zip file. "
            "Put quotes around a path that contains a space: make grade SUBMISSIONS='my class'"
        )
    return source


def _pattern(expression: str) -> re.Pattern[str]:
    """Compile a pattern with named groups, like nbgrader's.

    Raises:
        NotUsable: it is not a regular expression, or has no group for the student.
    """
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise NotUsable(f"--student is not a regular expression: {error}") from error
    if "student" not in pattern.groupindex:
        raise NotUsable(
            "--student must match from the start of a file's path, with the student in a group: "
            r"--student 'week 5/task-(?P<student>[a-z]+)'"
        )
    return pattern


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m classroom.grading", description=__doc__)
    parser.add_argument("submissions", help="a folder of notebooks, or a zip file of one")
    # The functions that read these raise NotUsable, which argparse passes on.
    parser.add_argument(
        "--student",
        type=_pattern,
        metavar="REGEX",
        help="matches the start of a file's path, with a group (?P<student>…)",
    )
    parser.add_argument(
        "--points",
        type=read_points,
        default=PointScheme(),
        metavar="TOML",
        help="points for each requirement",
    )
    parser.add_argument("--json", action="store_true", help="print the grades as JSON")
    parser.add_argument("--output", type=Path, default=Path("grades.csv"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--time-limit", type=float, default=300, metavar="SECONDS")
    parser.add_argument("--memory", type=int, default=2048, metavar="MB")
    parser.add_argument(
        "--sandbox",
        choices=KINDS,
        help="default: one that works here; with `none`, notebooks can read and change your files",
    )
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not be able to print all names
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
