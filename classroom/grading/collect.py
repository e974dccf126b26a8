"""What is taken of a folder or zip file of submissions, whose each is, and what is not taken.

Platforms differ: Moodle's `Name_123_assignsubmission_file_/`, Canvas's `lastfirst_123_4_x.ipynb`,
nbgrader's `submitted/STUDENT/TASK/`. No name in a zip file is ever used as a path.
"""

from __future__ import annotations

import io
import re
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import IO

from classroom.grading import lessons
from classroom.sandbox import MIB
from exercises.solved import functions

_LARGEST = {".ipynb": 20 * MIB, ".zip": 200 * MIB}
_MOST_IN_ALL = 2048 * MIB
_MOST_MEMBERS = 10_000
_DEEPEST = 3
_LITTER = re.compile(  # what systems leave about
    r"(^|/)(__MACOSX|\._[^/]*|\.DS_Store|\.ipynb_checkpoints|Thumbs\.db|desktop\.ini|__pycache__|\.git)(/|$)"
)
_LAYOUTS = (  # in each, a part of the path holds the student
    re.compile(r"(?:^|/)([^/]+?)_\d+_assignsubmission_"),  # Moodle
    re.compile(r"(?:^|/)submitted/([^/]+)/[^/]+/"),  # nbgrader
    re.compile(r"(?:^|/)([^/_]+)(?:_LATE)?_\d+_\d+_[^/]+(?:/|$)"),  # Canvas
)


@dataclass(frozen=True)
class Submission:
    """One notebook that is graded."""

    file: str  # its path in what was handed in; zip files count as folders
    path: Path  # a copy of it
    changed: float
    lesson: str  # file name of the lesson that it is a copy of; empty if that cannot be told
    hints: str  # the highest number of a hint that it shows; empty if it shows none
    student: str = ""


def collect(submissions: Path, room: Path, pattern: re.Pattern[str] | None = None) -> Collected:
    """Find the notebooks to grade, and the student of each.

    Args:
        submissions: a folder, or a zip file; zip files in it count as folders.
        room: a folder for copies of them.
        pattern: finds the student in a notebook's path: its group, or all that it matches.
    """
    found = Collected(room)
    if submissions.is_dir():
        found.search(submissions)
    else:
        found.unpack("", submissions)
    found.keep_newest(pattern)
    return found


class Collected:
    """What there is to grade, and what is left out, by its path, with the reason."""

    def __init__(self, room: Path) -> None:
        self.room, self.left = room, _MOST_IN_ALL
        self.taken: list[Submission] = []
        self.not_taken: dict[str, str] = {}

    def search(self, top: Path) -> None:
        """Go through a folder and those below it."""
        for path in top.rglob("*"):
            name = unicodedata.normalize("NFC", path.relative_to(top).as_posix())
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                self.not_taken[name] = "a link or a device, not a file"
            elif path.is_file():
                self.offer(name, path.stat().st_mtime, partial(io.FileIO, path))

    def unpack(self, name: str, file: Path | IO[bytes]) -> None:
        """Go through a zip file."""
        try:
            with zipfile.ZipFile(file) as opened:
                members = [member for member in opened.infolist() if not member.is_dir()]
                if len(members) > _MOST_MEMBERS:
                    self.not_taken[name] = f"a zip file with more than {_MOST_MEMBERS} files"
                    return
                for member in members:
                    shown = str(PurePosixPath(name, _name_of(member)))
                    changed = time.mktime((*member.date_time, 0, 0, -1))
                    self.offer(shown, changed, partial(opened.open, member))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            self.not_taken[name] = f"a zip file that cannot be read ({error})"

    def offer(self, name: str, changed: float, opened: Callable[[], IO[bytes]]) -> None:
        """Take a file if it is a notebook or a zip file; say why if it is not taken."""
        kind = PurePosixPath(name).suffix.lower()
        if _LITTER.search(name):
            return
        if kind not in _LARGEST:
            self.not_taken[name] = "not a notebook"
            return
        if name.lower().count(".zip/") >= _DEEPEST:
            self.not_taken[name] = f"more than {_DEEPEST} zip files deep"
            return
        most = min(_LARGEST[kind], self.left)
        try:
            with opened() as file:
                content = file.read(most + 1)
        except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            self.not_taken[name] = f"cannot be read ({error})"  # RuntimeError: it has a password
            return
        if len(content) > most:
            limits = f"{_LARGEST[kind] // MIB} MB, or with the others than {_MOST_IN_ALL // MIB} MB"
            self.not_taken[name] = f"larger than {limits}"
            return
        self.left -= len(content)
        if kind == ".zip":
            self.unpack(name, io.BytesIO(content))
        else:
            self.take(name, changed, content)

    def take(self, name: str, changed: float, content: bytes) -> None:
        """Take a notebook, unless it is a copy of a lesson without an exercise."""
        lesson = lessons.lesson_of(lessons.cells_in(content), name)
        if lesson and lesson not in functions().values():
            self.not_taken[name] = f"a copy of {lesson}, which has no exercise"
            return
        path = self.room / f"{len(self.taken)}.ipynb"
        path.write_bytes(content)
        hints = lessons.highest_hint(content)
        self.taken.append(Submission(name, path, changed, lesson, hints))

    def keep_newest(self, pattern: re.Pattern[str] | None) -> None:
        """Find each notebook's student; leave out all of an exercise but a student's newest."""
        files = [*(one.file for one in self.taken), *self.not_taken]
        tops = {file.partition("/")[0] for file in files}
        common = f"{tops.pop()}/" if len(files) > 1 and len(tops) == 1 else ""
        newest: dict[tuple[str, str], Submission] = {}
        for one in sorted(self.taken, key=_age, reverse=True):
            student = _student(one.file, common, pattern)
            if not student:
                self.not_taken[one.file] = "--student finds no student in its path"
                continue
            key = student.casefold(), one.lesson
            counts = newest.setdefault(key, replace(one, student=student))
            if counts.file != one.file:
                older = f"older than {counts.file}, of {student} for the same exercise"
                self.not_taken[one.file] = older
        self.taken = sorted(newest.values(), key=attrgetter("file"))


def _name_of(member: zipfile.ZipInfo) -> str:
    """Return a member's name, with its umlauts, and without what leads out of a folder.

    >>> _name_of(zipfile.ZipInfo("../../C:/a.ipynb"))
    'C:/a.ipynb'
    """
    name = member.filename
    if not member.flag_bits & 0x800:  # no word on its encoding: often it is UTF-8 all the same
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = member.filename
    kept = (part for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))
    return unicodedata.normalize("NFC", "/".join(kept))


def _student(file: str, common: str = "", pattern: re.Pattern[str] | None = None) -> str:
    """Return the student of a notebook: as its platform says, else the folder, else the file.

    >>> _student("Ada Lovelace_4711_assignsubmission_file_/challenge.ipynb")
    'Ada Lovelace'
    >>> _student("lovelaceada_LATE_4711_12_challenge-1.ipynb"), _student("submitted/ada/c/c.ipynb")
    ('lovelaceada', 'ada')
    >>> _student("class/ada.zip/week5/challenge.ipynb", "class/"), _student("ada.ipynb")
    ('ada', 'ada')
    >>> _student("week 5/task-ada.ipynb", pattern=re.compile("task-([a-z]+)"))
    'ada'
    """
    for layout in [pattern] if pattern else _LAYOUTS:
        if found := layout.search(file):
            return (found[1 if layout.groups else 0] or "").strip()
    first = "" if pattern else file.removeprefix(common).partition("/")[0]
    return re.sub(r"(?i)\.(zip|ipynb)$", "", first)


def _age(one: Submission) -> tuple[float, list[int]]:
    """Return what is higher for newer files; at the same time, `x-2` is newer than `x`."""
    return one.changed, [int(number) for number in re.findall(r"\d+", one.file)]
