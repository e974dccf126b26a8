"""Tell which student submitted a file, from the part of its path that the platform wrote.

The layout is chosen once for a whole folder or zip file. As in nbgrader's zip collector, a pattern
must match from the start of a name, and its groups are named. The parts that a student can choose
come later in the path, or inside the student's zip file, and are never looked at.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from classroom.grading import printable, unused
from exercises.solved_notebooks import functions

Parts = tuple[str, ...]  # the parts of a file's path in the folder or zip file
GRADED = (".ipynb", ".zip")  # the extensions of files that can be a submission


class _Platform(NamedTuple):
    """How a platform names what its users submit, and the pages that it takes back."""

    path: re.Pattern[str]  # the start of a path, below the folder that contains all submissions
    feedback_folder: str = "{shown}"  # filled in with the student's name and number


_PLATFORMS = {
    # A student's name may look like this, too, so the last number is the one that Moodle added.
    "Moodle": _Platform(
        re.compile(r"(?P<student>[^/]+)_(?P<number>[0-9]+)_assignsubmission_"),
        "{name}_{number}_assignsubmission_file_",
    ),
    "Canvas": _Platform(re.compile(r"(?P<student>[^/_]+)(_LATE)?_(?P<number>[0-9]+)_[0-9]+_[^/]")),
}
# Without a platform, each folder and each file is a student's.
_ENTRY = re.compile(r"(?P<student>[^/]+?)((?i:\.ipynb|\.zip)?\Z|/)")
_SUBMITTED = "submitted"  # nbgrader's folder of submissions, and the folders next to it
_BESIDE_SUBMITTED = {"source", "release", "autograded", "feedback", "downloaded"}
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # on Windows


@dataclass(frozen=True, order=True)
class Submitter:
    """One student, as the platform names them. Students with the same name differ in the number."""

    name: str
    number: str = ""  # the platform's number
    entry: str = ""  # without a platform: the exact name of the file or folder
    platform: str = ""

    @property
    def shown(self) -> str:
        """Return the name in a form that can be printed and stored."""
        return printable(unicodedata.normalize("NFC", self.name.strip()), 100) or "(no name)"


@dataclass(frozen=True)
class Layout:
    """Where the path of a file names the student who submitted it."""

    top: Parts = ()  # the folders that contain all submissions
    platform: str = ""  # a key of _PLATFORMS; empty: a folder or a file for each student
    pattern: re.Pattern[str] | None = None  # the instructor's pattern for the whole path

    def student(self, path: Parts) -> Submitter | None:
        """Return the student who submitted a file, or None if its path names none.

        Args:
            path: the path of the file.
        """
        depth = len(self.top)
        below = path[depth:]
        if path[:depth] != self.top or not below:
            return None
        pattern = _PLATFORMS[self.platform].path if self.platform else self.pattern
        match = pattern.match("/".join(below)) if pattern else None
        if match and match["student"]:
            number = match.groupdict().get("number") or ""
            return Submitter(match["student"], number, platform=self.platform)
        match = None if self.pattern else _ENTRY.match("/".join(below))
        return Submitter(match["student"], entry=below[0]) if match else None


def choose_layout(paths: Iterable[Parts]) -> Layout:
    """Choose the layout of a folder or zip file.

    A single folder around everything is skipped, unless its contents look like one student's
    notebooks. A platform's layout is chosen if at least half of the names follow it, so a
    single odd name cannot change how the other names are read.

    Args:
        paths: the paths of all files.

    >>> choose_layout([("week 5", "ada", "x.ipynb"), ("week 5", "bob", "x.ipynb")]).top
    ('week 5',)
    """
    top, entries = _top(list(paths))
    for name, platform in _PLATFORMS.items():
        if entries and 2 * sum(map(bool, map(platform.path.match, entries))) >= len(entries):
            return Layout(top, name)
    return Layout(top)


def _top(paths: list[Parts]) -> tuple[Parts, set[str]]:
    """Return the folders that contain all submissions, and the contents of the last one.

    A file counts if it is in a folder or can be a submission; README.txt at the top does not.
    """
    top: Parts = ()
    first: set[str] | None = None
    while True:
        paths = [path for path in paths if len(path) > 1 or path[0].lower().endswith(GRADED)]
        entries = {path[0] for path in paths}
        first = entries if first is None else first
        if _is_nbgraders(paths, entries):
            return (*top, _SUBMITTED), set()
        if len(entries) != 1 or any(len(path) == 1 for path in paths):
            break
        if any(platform.path.match(entry) for platform in _PLATFORMS.values() for entry in entries):
            return top, entries
        top += (*entries,)
        paths = [path[1:] for path in paths]
    lessons = tuple(PurePosixPath(lesson).stem for lesson in functions().values())
    is_class = len(entries) > 1 and not any(entry.startswith(lessons) for entry in entries)
    return (top, entries) if is_class else ((), first)


def _is_nbgraders(paths: Sequence[Parts], entries: set[str]) -> bool:
    """Tell whether this is an nbgrader course, which has submitted/STUDENT/ASSIGNMENT/FILE."""
    deep = any(path[0] == _SUBMITTED and len(path) > 3 for path in paths)
    return deep and entries - {_SUBMITTED} <= _BESIDE_SUBMITTED


def name_students(students: Iterable[Submitter]) -> dict[Submitter, str]:
    """Return each student's name for the table, with the number if several have the same name.

    Args:
        students: all students of the class.

    >>> students = [Submitter("Eve", "7"), Submitter("Eve", "8"), Submitter("Bob", "9")]
    >>> [*name_students(students).values()]
    ['Eve (7)', 'Eve (8)', 'Bob']
    """
    students = sorted(set(students))
    count = Counter(student.shown.casefold() for student in students)
    names: dict[Submitter, str] = {}
    taken: set[str] = set()
    # Students who need a number come first, so that nobody else gets the same name.
    for student in sorted(students, key=lambda s: (count[s.shown.casefold()] == 1, s)):
        name = student.shown
        if count[name.casefold()] > 1 or name.casefold() in taken:
            number = f"{name} ({printable(student.number, 100)})"
            name = number if student.number else printable(student.entry, 100)
        names[student] = unused(name, taken)
        taken.add(names[student].casefold())
    return names


def feedback_folder(student: Submitter, name: str) -> str:
    """Return the name of the folder for a student's pages, valid on every file system.

    It is the name that the platform gave it, if the platform takes the pages back. A name that had
    to be changed gets a hash of the original, so that no two students share a folder.

    Args:
        student: the student.
        name: the student's name in the table, which is unique.

    >>> feedback_folder(Submitter("Ada", "4711", platform="Moodle"), "Ada")
    'Ada_4711_assignsubmission_file_'
    >>> feedback_folder(Submitter("a/b"), "a/b")
    'a_b-c14cddc0'
    """
    if student.platform:
        folder = _PLATFORMS[student.platform].feedback_folder
        name = folder.format(shown=name, name=student.name, number=student.number)
    safe = re.sub(r"[^\w .,()@+'-]", "_", name).encode()[:150].decode(errors="ignore").strip(". ")
    if safe == name and not _RESERVED.match(safe):
        return safe
    return f"{safe}-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}"
