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
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from classroom.grading import NotUsable, lessons
from classroom.sandbox import MIB

_LARGEST = {".ipynb": 20 * MIB, ".zip": 200 * MIB}
_MOST_IN_ALL = 2048 * MIB
_MOST_MEMBERS = 10_000
_DEEPEST = 3
_LITTER = re.compile(
    r"__MACOSX|\._.*|\.DS_Store|\.ipynb_checkpoints|Thumbs\.db|desktop\.ini|__pycache__|\.git"
)
_IS_LITTER = "a system's litter"
_LAYOUTS = (  # in each, a part of the path holds the student
    re.compile(r"(?:^|/)(?P<student>[^/]+?)_\d+_assignsubmission_"),  # Moodle
    re.compile(r"(?:^|/)submitted/(?P<student>[^/]+)/[^/]+/"),  # nbgrader
    re.compile(r"(?:^|/)(?P<student>[^/_]+)(?:_LATE)?_\d+_\d+_[^/]+(?:/|$)"),  # Canvas
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
class NotTaken:
    """One file that is not graded, and why."""

    file: str
    reason: str


@dataclass
class Collected:
    """What there is to grade, and what is left out."""

    taken: list[Submission] = field(default_factory=list)
    not_taken: list[NotTaken] = field(default_factory=list)


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
    return _one_of_each(_with_students(search.collected, pattern))


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
        self.collected = Collected()
        self.refused: set[str] = set()

    def folder(self, top: Path) -> None:
        for path, folders, files in os.walk(top):
            for name in sorted([*folders, *files]):
                whole = Path(path, name)
                shown = unicodedata.normalize("NFC", whole.relative_to(top).as_posix())
                if _LITTER.fullmatch(name):
                    self.refuse(shown, _IS_LITTER)
                elif whole.is_symlink() or (name in files and not whole.is_file()):
                    self.refuse(shown, "a link or a device, not a file")
                elif name in files:
                    self.offer(shown, whole.stat().st_mtime, partial(_opened, whole))
            folders[:] = sorted(name for name in folders if not _LITTER.fullmatch(name))

    def archive(self, name: str, file: Path | IO[bytes]) -> None:
        try:
            with zipfile.ZipFile(file) as opened:
                members = sorted(opened.infolist(), key=_name_of)
                if len(members) > _MOST_MEMBERS:
                    self.refuse(name, f"a zip file with more than {_MOST_MEMBERS} files")
                    return
                for member in members:
                    if not member.is_dir():
                        self._member(name, opened, member)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            self.refuse(name, f"a zip file that cannot be read ({error})")

    def _member(self, name: str, opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        shown = PurePosixPath(name, _name_of(member))
        litter = [n for n, part in enumerate(shown.parts) if _LITTER.fullmatch(part)]
        if litter:
            self.refuse(str(PurePosixPath(*shown.parts[: litter[0] + 1])), _IS_LITTER)
            return
        year, month, day, hour, minute, second = member.date_time
        changed = time.mktime((year, month, day, hour, minute, second, 0, 0, -1))
        self.offer(str(shown), changed, partial(opened.open, member))

    def offer(self, name: str, changed: float, opened: Callable[[], IO[bytes]]) -> None:
        kind = PurePosixPath(name).suffix.lower()
        if kind not in _LARGEST:
            self.refuse(name, "not a notebook")
            return
        if name.lower().count(".zip/") >= _DEEPEST:
            self.refuse(name, f"more than {_DEEPEST} zip files deep")
            return
        try:
            with opened() as file:
                content = file.read(min(_LARGEST[kind], self.left) + 1)
        except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            self.refuse(name, f"it cannot be read ({error})")  # RuntimeError: it has a password
            return
        if len(content) > min(_LARGEST[kind], self.left):
            self.refuse(name, f"larger than {_LARGEST[kind] // MIB} MB, or all are too large")
            return
        self.left -= len(content)
        if kind == ".zip":
            self.archive(name, io.BytesIO(content))
        else:
            self.take(name, changed, content)

    def take(self, name: str, changed: float, content: bytes) -> None:
        cells = lessons.cells_in(content)
        lesson = lessons.lesson_of(cells or (), name)
        if cells and lesson and not lessons.has_exercise(lesson):
            self.refuse(name, f"a copy of {lesson}, which has no exercise")
            return
        path = self.room / f"{len(self.collected.taken)}.ipynb"
        path.write_bytes(content)
        digest, hints = hashlib.sha256(content).hexdigest(), lessons.highest_hint(content)
        self.collected.taken.append(Submission(name, path, changed, digest, lesson, hints))

    def refuse(self, name: str, reason: str) -> None:
        if name not in self.refused:  # the folder of many a file
            self.collected.not_taken.append(NotTaken(name, reason))
        self.refused.add(name)


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


def _with_students(found: Collected, pattern: re.Pattern[str] | None) -> Collected:
    refused = [one.file for one in found.not_taken if one.reason != _IS_LITTER]
    common = _common([one.file for one in found.taken] + refused)
    named = Collected(not_taken=found.not_taken)
    for one in found.taken:
        student = _matched(pattern, one.file) if pattern else _student(one.file, common)
        if student:
            named.taken.append(replace(one, student=student))
        else:
            reason = f"whose it is: --student {pattern.pattern if pattern else ''} does not match"
            named.not_taken.append(NotTaken(one.file, reason))
    return named


def _common(files: list[str]) -> str:
    """Return the folder in which all of several files are, if that is so."""
    tops = {file.partition("/")[0] for file in files}
    return f"{tops.pop()}/" if len(files) > 1 and len(tops) == 1 and "/" in files[0] else ""


def _student(file: str, common: str = "") -> str:
    """Return the student of a notebook: as its platform says it, else the folder, else the file.

    >>> _student("Ada Lovelace_4711_assignsubmission_file_/challenge.ipynb")
    'Ada Lovelace'
    >>> _student("lovelaceada_LATE_4711_12_challenge-1.ipynb"), _student("submitted/ada/c/c.ipynb")
    ('lovelaceada', 'ada')
    >>> _student("class/ada.zip/week5/challenge.ipynb", "class/"), _student("ada.ipynb")
    ('ada', 'ada')
    """
    for layout in _LAYOUTS:
        if found := layout.search(file):
            return found["student"].strip()
    first = file.removeprefix(common).partition("/")[0]
    return re.sub(r"\.(zip|ipynb)$", "", first, flags=re.IGNORECASE)


def _matched(pattern: re.Pattern[str], file: str) -> str:
    found = pattern.search(file)
    return (found[1 if pattern.groups else 0] or "").strip() if found else ""


def _one_of_each(found: Collected) -> Collected:
    """Leave out all of a student's notebooks of one exercise but the newest."""
    newest: dict[tuple[str, str], Submission] = {}
    for one in sorted(found.taken, key=_age):
        newest[one.student.casefold(), one.lesson] = one
    chosen = {one.file: one for one in newest.values()}
    older = (one for one in found.taken if chosen.get(one.file) is not one)
    for one in older:
        counts = newest[one.student.casefold(), one.lesson].file
        reason = f"a second file of {one.student} for the same exercise: the newest is {counts}"
        found.not_taken.append(NotTaken(one.file, reason))
    by_name = sorted(chosen.values(), key=lambda one: one.file)
    return Collected(by_name, sorted(found.not_taken, key=lambda one: one.file))


def _age(one: Submission) -> tuple[float, list[tuple[int, str]]]:
    """Return what is higher for newer files; at the same time, `x-2` is newer than `x`."""
    numbers: Iterable[str] = re.split(r"(\d+)", PurePosixPath(one.file).stem)
    return one.changed, [(int(n), "") if n.isdigit() else (-1, n) for n in numbers]
