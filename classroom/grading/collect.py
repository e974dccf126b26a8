"""Find the notebooks in a folder or zip file, and list what was skipped and why.

`layout` tells which student submitted each one. Each student's files are searched separately, so a
problem with them never affects another student. A file that should be a notebook but cannot be read
still is a submission: a broken one.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from pathlib import Path

from classroom.grading import lessons, readable, unused
from classroom.grading.files import File, describe, members, open_source
from classroom.grading.layout import (
    GRADED,
    Layout,
    Student,
    choose_layout,
    feedback_folder,
    name_students,
)
from classroom.sandbox import MIB
from exercises.solved import functions

_LARGEST = {".ipynb": 20 * MIB, ".zip": 200 * MIB}
# Limits for one student: unpacked size, number of files, zip files inside zip files.
_MOST_BYTES, _MOST_FILES, _DEEPEST = 400 * MIB, 10_000, 3
_MOST_SECONDS = 60  # of processor time
_MOST_LISTED = 20  # lines about the skipped files of a student
_MEMBER = b"PK\1\2"  # starts the entry of a file in a zip file's directory
_CHUNK = 4096  # all that is read at once is unpacked, and 4 KB can become 100 MB


class _Unreadable(Exception):
    """A file cannot be read. The message says why."""


@dataclass(frozen=True)
class Submission:
    """A student's newest notebook for a lesson, or a file that cannot be read."""

    file: str  # its unique, printable path in what was handed in
    path: Path  # a copy of the file
    lesson: str  # file name of the lesson that it is a copy of; empty if unknown
    hints: str  # the highest number of a hint that it shows; empty if it shows none
    student: str
    page: str  # where the student's page goes, below the folder for all of them
    problem: str = ""  # why it cannot be read; then there is no copy


@dataclass
class Collected:
    """The submissions to grade, and the reason for each path that was skipped."""

    taken: list[Submission] = field(default_factory=list)
    not_taken: dict[str, str] = field(default_factory=dict)
    top: str = ""  # the folder that contains all submissions, so it is not a student


def collect(source: Path, room: Path, pattern: re.Pattern[str] | None = None) -> Collected:
    """Find the notebooks to grade, and the student of each one.

    Args:
        source: a folder or a zip file; zip files in it count as folders.
        room: a folder for copies of the notebooks.
        pattern: the instructor's pattern for the path of a file; the group `student` is the name.

    Raises:
        NotUsable: the folder or zip file itself cannot be read.
    """
    collected, copies, names = Collected(), _names_of_copies(room), set[str]()
    with ExitStack() as opened:
        files = open_source(source, opened)
        layout = Layout(pattern=pattern) if pattern else choose_layout(f.path for f in files)
        collected.top = readable("/".join(layout.top))
        by_student: dict[Student, list[File]] = {}
        for file in files:
            if student := layout.student(file.path):
                by_student.setdefault(student, []).append(file)
            else:
                reason = "--student does not match its path" if pattern else "outside of submitted/"
                collected.not_taken[file.name] = reason
        for student, name in name_students(by_student).items():
            search = _Search(copies)
            for file in sorted(by_student[student], key=attrgetter("changed"), reverse=True):
                search.offer(file)
            folder = feedback_folder(student, name)
            for found in search.newest(name):
                shown = unused(found.file.name, names)
                names.add(shown.casefold())
                page = f"{folder}/{Path(found.lesson).stem or 'notebook'}.html"
                collected.taken.append(
                    Submission(
                        shown, found.copy, found.lesson, found.hints, name, page, found.problem
                    )
                )
            collected.not_taken |= search.shortened()
    collected.taken.sort(key=attrgetter("file"))
    return collected


def _names_of_copies(room: Path) -> Iterator[Path]:
    return (room / f"{number}.ipynb" for number in count())


@dataclass(frozen=True)
class _Found:
    """One of a student's files; it may not be the newest."""

    file: File
    copy: Path = Path()
    lesson: str = ""
    hints: str = ""
    problem: str = ""

    @property
    def age(self) -> tuple[float, list[int]]:
        """Return a key that is higher for newer files; of equal age, `x-2` is newer than `x`."""
        numbers = re.findall(r"[0-9]+", self.file.name)
        return self.file.changed, [int(number) for number in numbers]


class _Search:
    """Search the files of one student, with limits for this student only."""

    def __init__(self, copies: Iterator[Path]) -> None:
        self.copies = copies
        self.bytes_left, self.files_left = _MOST_BYTES, _MOST_FILES
        self.deadline = time.process_time() + _MOST_SECONDS
        self.skipped: dict[str, str] = {}
        self.found: list[_Found] = []

    def offer(self, file: File, depth: int = 0) -> None:
        """Take a file if it is a notebook or a zip file of notebooks; else note why it is skipped.

        Args:
            file: the file.
            depth: how many zip files it is in.
        """
        if file.ending not in GRADED and not file.is_folder:
            self.skipped[file.name] = file.problem or "not a notebook"
            return
        try:
            if file.ending == ".zip":
                self._unpack(file, depth)
            else:
                self._take(file)
        except _Unreadable as reason:
            self.found.append(_Found(file, problem=str(reason)))
        except Exception as error:  # from zipfile, its compression methods, the file system …
            self.found.append(_Found(file, problem=f"cannot be read ({describe(error)})"))

    def newest(self, student: str) -> list[_Found]:
        """Return the newest file for each lesson, and list the others as skipped.

        Args:
            student: the name to show in that list.
        """
        newest: dict[str, _Found] = {}
        for found in sorted(self.found, key=attrgetter("age"), reverse=True):
            counts = newest.setdefault(found.lesson, found)
            if counts is not found:
                self.skipped[found.file.name] = (
                    f"older than {counts.file.name}, by {student} for the same exercise"
                    if found.lesson
                    else f"{found.problem or 'of no known lesson'}, like {counts.file.name}"
                )
        return [*newest.values()]

    def shortened(self) -> dict[str, str]:
        """Return what was skipped and why, shortened if the list is long."""
        lines = list(self.skipped.items())
        if len(lines) > _MOST_LISTED:
            name, _ = lines[_MOST_LISTED]
            more = f"skipped, like {len(lines) - _MOST_LISTED - 1} more of the same student"
            lines[_MOST_LISTED:] = [(name, more)]
        return dict(lines)

    def _unpack(self, file: File, depth: int) -> None:
        """Offer every file in a zip file."""
        if depth >= _DEEPEST:
            raise _Unreadable(f"more than {_DEEPEST} zip files deep")
        content = self._read(file)
        if (
            content.count(_MEMBER) > 10 * _MOST_FILES
        ):  # just listing these would need too much memory
            raise _Unreadable(f"a zip file with more than {_MOST_FILES} files")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in members(archive, file.path):
                self.files_left -= 1
                if self.files_left < 0:
                    raise _Unreadable(f"a zip file with more than {_MOST_FILES} files")
                self.offer(member, depth + 1)

    def _take(self, file: File) -> None:
        """Take a notebook, unless it is a copy of a lesson without an exercise."""
        content = self._read(file)
        lesson = lessons.lesson_of(lessons.cells_in(content), file.name)
        if lesson and lesson not in functions().values():
            self.skipped[file.name] = f"a copy of {lesson}, which has no exercise"
            return
        copy = next(self.copies)
        copy.write_bytes(content)
        self.found.append(_Found(file, copy, lesson, lessons.highest_hint(content)))

    def _read(self, file: File) -> bytes:
        """Read a file piece by piece, and give up as soon as it unpacks to too much."""
        if file.problem:
            raise _Unreadable(file.problem)
        self._must_be_in_time()
        largest = min(_LARGEST[file.ending], self.bytes_left)
        content = io.BytesIO()
        with file.open() as opened:
            while content.tell() <= largest and (piece := opened.read(_CHUNK)):
                content.write(piece)
                self._must_be_in_time()
        self.bytes_left = max(0, self.bytes_left - content.tell())
        if content.tell() > largest:
            raise _Unreadable(
                f"larger than {_LARGEST[file.ending] // MIB} MB, or than "
                f"{_MOST_BYTES // MIB} MB with the student's other files"
            )
        return content.getvalue()

    def _must_be_in_time(self) -> None:
        if time.process_time() > self.deadline:
            raise _Unreadable(f"takes more than {_MOST_SECONDS} s to unpack")
