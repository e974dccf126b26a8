"""What is taken of a folder or zip file of submissions, whose each is, and what is not taken.

Each platform has a layout: Moodle a folder `Name_123_assignsubmission_file_` for each student,
Canvas a file `lastfirst_123_456_name.ipynb`, nbgrader `submitted/STUDENT/TASK/`.
Whatever a zip file holds is read, and no name in it is ever used as a path.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import IO

from classroom.grading import NotUsable, lessons
from classroom.sandbox import MIB

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
    sha256: str
    lesson: str  # file name of the lesson that it is a copy of; empty if that cannot be told
    hints: int | None  # the highest number of a hint that it shows
    student: str = ""


@dataclass(frozen=True)
class Collected:
    """What there is to grade, and what is left out, by its path, with the reason."""

    taken: list[Submission] = field(default_factory=list)
    not_taken: dict[str, str] = field(default_factory=dict)


def collect(submissions: Path, room: Path, pattern: re.Pattern[str] | None = None) -> Collected:
    """Find the notebooks to grade, and the student of each.

    Args:
        submissions: a folder, searched with its subfolders, or a zip file; zip files in it count
            as folders.
        room: an empty folder, for copies.
        pattern: finds the student in a notebook's path: its group, or all that it matches.

    Raises:
        NotUsable: there is no such folder or zip file.
    """
    must_be_there(submissions)
    search = _Search(room)
    if submissions.is_dir():
        search.folder(submissions)
    else:
        search.archive("", submissions)
    return _newest_of_each(search.found, pattern)


def must_be_there(submissions: Path) -> None:
    """Look at a path.

    Args:
        submissions: a folder or a zip file.

    Raises:
        NotUsable: it is neither.
    """
    if not submissions.is_dir() and not zipfile.is_zipfile(submissions):
        raise NotUsable(
            f"{submissions} is neither a folder nor a zip file. "
            "A path with a space in it needs quotes: make grade SUBMISSIONS='my class'"
        )


class _Search:
    """Goes through folders and zip files, and copies each notebook."""

    def __init__(self, room: Path) -> None:
        self.room, self.left = room, _MOST_IN_ALL
        self.found = Collected()

    def folder(self, top: Path) -> None:
        for path, folders, files in os.walk(top):
            for name in [*folders, *files]:
                whole = Path(path, name)
                shown = unicodedata.normalize("NFC", whole.relative_to(top).as_posix())
                if whole.is_symlink() or not (whole.is_dir() or whole.is_file()):
                    self.refuse(shown, "a link or a device, not a file")
                elif name in files:
                    self.offer(shown, whole.stat().st_mtime, partial(_opened, whole))

    def archive(self, name: str, file: Path | IO[bytes]) -> None:
        try:
            with zipfile.ZipFile(file) as opened:
                members = [member for member in opened.infolist() if not member.is_dir()]
                if len(members) > _MOST_MEMBERS:
                    self.refuse(name, f"a zip file with more than {_MOST_MEMBERS} files")
                    return
                for member in members:
                    shown = str(PurePosixPath(name, _name_of(member)))
                    changed = time.mktime((*member.date_time, 0, 0, -1))
                    self.offer(shown, changed, partial(opened.open, member))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            self.refuse(name, f"a zip file that cannot be read ({error})")

    def offer(self, name: str, changed: float, opened: Callable[[], IO[bytes]]) -> None:
        kind = PurePosixPath(name).suffix.lower()
        if _LITTER.search(name):
            return
        if kind not in _LARGEST:
            self.refuse(name, "not a notebook")
            return
        if name.lower().count(".zip/") >= _DEEPEST:
            self.refuse(name, f"more than {_DEEPEST} zip files deep")
            return
        most = min(_LARGEST[kind], self.left)
        try:
            with opened() as file:
                content = file.read(most + 1)
        except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            self.refuse(name, f"cannot be read ({error})")  # RuntimeError: it has a password
            return
        if len(content) > most:
            limits = f"{_LARGEST[kind] // MIB} MB, or with the others than {_MOST_IN_ALL // MIB} MB"
            self.refuse(name, f"larger than {limits}")
            return
        self.left -= len(content)
        if kind == ".zip":
            self.archive(name, io.BytesIO(content))
        else:
            self.take(name, changed, content)

    def take(self, name: str, changed: float, content: bytes) -> None:
        lesson = lessons.lesson_of(lessons.cells_in(content) or (), name)
        if lesson in lessons.WITHOUT_EXERCISE:
            self.refuse(name, f"a copy of {lesson}, which has no exercise")
            return
        path = self.room / f"{len(self.found.taken)}.ipynb"
        path.write_bytes(content)
        digest, hints = hashlib.sha256(content).hexdigest(), lessons.highest_hint(content)
        self.found.taken.append(Submission(name, path, changed, digest, lesson, hints))

    def refuse(self, name: str, reason: str) -> None:
        self.found.not_taken[name] = reason


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _name_of(member: zipfile.ZipInfo) -> str:
    """Return a member's name, with its umlauts, and without what leads out of a folder.

    >>> _name_of(zipfile.ZipInfo("../../C:/a.ipynb"))
    'C_/a.ipynb'
    """
    name = member.filename
    if not member.flag_bits & 0x800:  # no word on its encoding: often it is UTF-8 all the same
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = member.filename
    kept = (part for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))
    return unicodedata.normalize("NFC", "/".join(re.sub(r'[:\0-\x1f<>"|?*]', "_", p) for p in kept))


def _newest_of_each(found: Collected, pattern: re.Pattern[str] | None) -> Collected:
    """Find the student of each notebook; leave out all of an exercise but a student's newest."""
    files = [*(one.file for one in found.taken), *found.not_taken]
    tops = {file.partition("/")[0] for file in files}
    common = f"{tops.pop()}/" if len(files) > 1 and len(tops) == 1 else ""
    newest: dict[tuple[str, str], Submission] = {}
    not_taken = dict(found.not_taken)
    for one in sorted(found.taken, key=_age, reverse=True):
        student = _student(one.file, common, pattern)
        counts = newest.setdefault((student.casefold(), one.lesson), replace(one, student=student))
        if not student:
            not_taken[one.file] = "--student finds no student in its path"
        elif counts.file != one.file:
            not_taken[one.file] = f"older than {counts.file}, of {student} for the same exercise"
    taken = (one for one in newest.values() if one.student)
    return Collected(sorted(taken, key=attrgetter("file")), not_taken)


def _student(file: str, common: str = "", pattern: re.Pattern[str] | None = None) -> str:
    """Return the student of a notebook: as its platform says it, else the folder, else the file.

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
    return re.sub(r"\.(zip|ipynb)$", "", first, flags=re.IGNORECASE)


def _age(one: Submission) -> tuple[float, list[tuple[int, str]]]:
    """Return what is higher for newer files; at the same time, `x-2` is newer than `x`."""
    parts = re.split(r"(\d+)", PurePosixPath(one.file).stem)
    return one.changed, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
