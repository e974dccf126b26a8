"""Find the notebooks in a folder or zip file, and list what was skipped and why.

`platforms` tells which student submitted each one. Each student's files are searched separately, so
a problem with them never affects another student. A file that should be a notebook but cannot be
read still is a submission: a broken one.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from operator import attrgetter, itemgetter
from pathlib import Path

from classroom.grading import Submission, describe, printable, recognize_lesson, unused
from classroom.grading.list_files import File, files_in_zip, list_submitted_files
from classroom.grading.platforms import (
    GRADED,
    Layout,
    Submitter,
    choose_layout,
    feedback_folder,
    name_students,
)
from classroom.sandbox import MIB
from exercises.solved_notebooks import functions

_MAX_FILE_BYTES = {".ipynb": 20 * MIB, ".zip": 200 * MIB}
# Limits for one student: unpacked size, number of files, zip files inside zip files.
_MOST_BYTES, _MOST_FILES, _DEEPEST = 400 * MIB, 10_000, 3
_MOST_LISTED = 20  # lines about the skipped files of a student
_MEMBER = b"PK\1\2"  # starts the entry of a file in a zip file's directory
_CHUNK = 4096  # all that is read at once is unpacked, and 4 KB can become 100 MB


class _Unreadable(Exception):
    """A file cannot be read. The message says why."""


@dataclass
class Collection:
    """The submissions to grade, and the reason for each path that was skipped."""

    submissions: list[Submission] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    top: str = ""  # the folder that contains all submissions, so it is not a student


def collect(source: Path, work_folder: Path, pattern: re.Pattern[str] | None = None) -> Collection:
    """Find the notebooks to grade, and the student of each one.

    Args:
        source: a folder or a zip file; zip files in it count as folders.
        work_folder: a folder for copies of the notebooks.
        pattern: the instructor's pattern for the path of a file; the group `student` is the name.

    Raises:
        NotUsable: the folder or zip file itself cannot be read.
    """
    collection, names = Collection(), set[str]()
    with ExitStack() as opened:
        files = list_submitted_files(source, opened)
        layout = Layout(pattern=pattern) if pattern else choose_layout(f.path for f in files)
        collection.top = printable("/".join(layout.top))
        by_student: dict[Submitter, list[File]] = {}
        for file in files:
            if student := layout.student(file.path):
                by_student.setdefault(student, []).append(file)
            else:
                reason = "--student does not match its path" if pattern else "outside of submitted/"
                collection.skipped[file.name] = reason
        for student, name in name_students(by_student).items():
            search = _Search(work_folder)
            for file in sorted(by_student[student], key=attrgetter("changed"), reverse=True):
                search.offer(file)
            folder = feedback_folder(student, name)
            for submission in search.newest(name):
                shown = unused(submission.file, names)
                names.add(shown.casefold())
                page = f"{folder}/{Path(submission.lesson).stem or 'notebook'}.html"
                collection.submissions.append(
                    replace(submission, file=shown, student=name, page=page)
                )
            collection.skipped |= search.shortened()
    collection.submissions.sort(key=attrgetter("file"))
    return collection


class _Search:
    """Search the files of one student, with limits for this student only."""

    def __init__(self, work_folder: Path) -> None:
        self.work_folder = work_folder
        self.bytes_left, self.files_left = _MOST_BYTES, _MOST_FILES
        self.skipped: dict[str, str] = {}
        self.dated: list[tuple[tuple[float, list[int]], Submission]] = []

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
            self._add(file, Submission(file.name, problem=str(reason)))
        except Exception as error:  # from zipfile, its compression methods, the file system …
            problem = f"cannot be read ({describe(error)})"
            self._add(file, Submission(file.name, problem=problem))

    def newest(self, student: str) -> list[Submission]:
        """Return the newest file for each lesson, and list the others as skipped.

        Args:
            student: the name to show in that list.
        """
        newest: dict[str, Submission] = {}
        for _, submission in sorted(self.dated, key=itemgetter(0), reverse=True):
            counts = newest.setdefault(submission.lesson, submission)
            if counts is not submission:
                self.skipped[submission.file] = (
                    f"older than {counts.file}, by {student} for the same exercise"
                    if submission.lesson
                    else f"{submission.problem or 'of no known lesson'}, like {counts.file}"
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

    def _add(self, file: File, submission: Submission) -> None:
        """Note a submission with its age; of the same age, `x-2` is newer than `x`."""
        numbers = [int(number) for number in re.findall(r"[0-9]+", file.name)]
        self.dated.append(((file.changed, numbers), submission))

    def _unpack(self, file: File, depth: int) -> None:
        """Offer every file in a zip file."""
        if depth >= _DEEPEST:
            raise _Unreadable(f"more than {_DEEPEST} zip files deep")
        content = self._read(file)
        too_many = _Unreadable(f"a zip file with more than {_MOST_FILES} files")
        if content.count(_MEMBER) > 10 * _MOST_FILES:  # even a list of these needs much memory
            raise too_many
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in files_in_zip(archive, file.path):
                self.files_left -= 1
                if self.files_left < 0:
                    raise too_many
                self.offer(member, depth + 1)

    def _take(self, file: File) -> None:
        """Take a notebook, unless it is a copy of a lesson without an exercise."""
        content = self._read(file)
        lesson, hints = (
            recognize_lesson.lesson_of(content, file.name),
            recognize_lesson.highest_hint(content),
        )
        if lesson and lesson not in functions().values():
            self.skipped[file.name] = f"a copy of {lesson}, which has no exercise"
            return
        with tempfile.NamedTemporaryFile(
            dir=self.work_folder, suffix=".ipynb", delete=False
        ) as copy:
            copy.write(content)
        self._add(file, Submission(file.name, Path(copy.name), lesson, hints))

    def _read(self, file: File) -> bytes:
        """Read a file piece by piece, and give up as soon as it unpacks to too much."""
        if file.problem:
            raise _Unreadable(file.problem)
        largest = min(_MAX_FILE_BYTES[file.ending], self.bytes_left)
        content = io.BytesIO()
        with file.open() as opened:
            while content.tell() <= largest and (piece := opened.read(_CHUNK)):
                content.write(piece)
        self.bytes_left = max(0, self.bytes_left - content.tell())
        if content.tell() > largest:
            raise _Unreadable(
                f"larger than {_MAX_FILE_BYTES[file.ending] // MIB} MB, or than "
                f"{_MOST_BYTES // MIB} MB with the student's other files"
            )
        return content.getvalue()
