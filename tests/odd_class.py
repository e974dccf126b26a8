"""A class of 40 students whose names, files and archives are as odd as any that came in.

They use five layouts, eight students each. Two pairs have one name, and some students try to hand
in work under another one's name. What each of them did is data; `make grade` has to give all of
them the right verdict.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nbformat

from tests.submissions import NOTEBOOKS

LESSON = NOTEBOOKS / "02_nested_runs.ipynb"
FUTURE = (2040, 1, 1, 0, 0, 0)
NOW = (2026, 11, 30, 9, 0, 0)


@cache
def notebook(verdict: str = "passed") -> bytes:
    """Return a small notebook with the required exercise of lesson 02 that gets this verdict."""
    solved = nbformat.read(NOTEBOOKS / "solutions" / LESSON.name, as_version=4)
    starter, solution = (
        next(cell.source for cell in solved.cells if cell.id == name)
        for name in ("nest", "nest-solution")
    )
    answer = {
        "passed": solution,
        "unsolved": starter,
        "wrong": solution.replace('"param1"', '"param_1"'),
    }[verdict]
    cells = [nbformat.v4.new_code_cell(source) for source in ("import mlflow", answer)]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()


def zipped(
    files: Mapping[str, bytes],
    compression: int = zipfile.ZIP_DEFLATED,
    date: tuple[int, int, int, int, int, int] = NOW,
) -> bytes:
    """Return a zip file with these files in it, under any names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, date), content, compression)
    return file.getvalue()


def corrupt(compression: int) -> bytes:
    """Return a zip file with a notebook of which some compressed bytes are others."""
    whole = bytearray(zipped({"x.ipynb": os.urandom(500) + notebook()}, compression))
    whole[60:120] = b"\xff" * 60
    return bytes(whole)


def encrypted() -> bytes:
    """Return a zip file that says that it has a password."""
    whole = bytearray(zipped({"x.ipynb": notebook()}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        struct.pack_into("<H", whole, whole.index(signature) + offset, 1)
    return bytes(whole)


def unknown_compression() -> bytes:
    """Return a zip file that is compressed in a way that Python does not know."""
    whole = bytearray(zipped({"x.ipynb": notebook()}))
    for signature, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        struct.pack_into("<H", whole, whole.index(signature) + offset, 97)
    return bytes(whole)


def nested(depth: int, name: str = "../a.zip") -> bytes:
    """Return a zip file in a zip file in a zip file …, around a notebook."""
    content = zipped({"x.ipynb": notebook()})
    for _ in range(depth):
        content = zipped({name: content}, zipfile.ZIP_STORED)
    return content


def twice() -> bytes:
    """Return a zip file with two files of one name, the newer one right."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for verdict, date in (("unsolved", NOW), ("passed", FUTURE)):
            name = f"{'./' * (date == FUTURE)}x.ipynb"
            archive.writestr(zipfile.ZipInfo(name, date), notebook(verdict))
    return file.getvalue()


@dataclass(frozen=True)
class Odd:
    """A student: what was handed in, and what has to come of it."""

    student: str  # in the table
    files: Mapping[str, bytes | Callable[[Path], object]]
    verdict: str = "passed"
    reason: str = ""  # a part of it
    skipped: Mapping[str, str] = field(default_factory=dict)  # parts of the reasons, by the path


MOODLE = "week 5/{}_assignsubmission_file_/{}".format
RIGHT, BEGUN, WRONG = notebook(), notebook("unsolved"), notebook("wrong")
PARAM = "each child run has its value as the parameter `param1`"
OLDER = "older than"
CLASSES: dict[str, list[Odd]] = {
    "Moodle": [
        Odd("Maria Silva (4711)", {MOODLE("Maria Silva_4711", "x.ipynb"): RIGHT}),
        Odd("Maria Silva (4712)", {MOODLE("Maria Silva_4712", "x.ipynb"): WRONG}, "wrong", PARAM),
        Odd("Zoë O'Brien-Müller", {MOODLE("Zoë O'Brien-Müller_4713", "my\nwork.ipynb"): RIGHT}),
        Odd(  # an impostor
            "Eve",
            {
                MOODLE("Eve_4714", "work.zip"): zipped(
                    {"Maria Silva_4711_assignsubmission_file_/x.ipynb": BEGUN}, date=FUTURE
                )
            },
            "unsolved",
        ),
        Odd(  # who has changed the name in the profile, too
            "Maria Silva_4711_assignsubmission_file_",
            {MOODLE("Maria Silva_4711_assignsubmission_file__4715", "x.ipynb"): BEGUN},
            "unsolved",
        ),
        Odd("Bzip", {MOODLE("Bzip_4716", "w.zip"): corrupt(zipfile.ZIP_BZIP2)}, "broken", "read"),
        Odd("Lzma", {MOODLE("Lzma_4717", "w.zip"): corrupt(zipfile.ZIP_LZMA)}, "broken", "read"),
        Odd("Long", {MOODLE("Long_4718", "w.zip"): zipped({"x" * 60_000 + ".ipynb": RIGHT})}),
    ],
    "Canvas": [
        Odd("bobbert", {"bobbert_1_10_02.ipynb": RIGHT}),
        Odd(  # an impostor
            "adaeve",
            {
                "adaeve_4712_901_work.zip": zipped(
                    {"bobbert_1_assignsubmission_file_/02.ipynb": BEGUN}, date=FUTURE
                ),
                "adaeve_4712_902_bobbert_1_10_02.txt": b"",
            },
            "unsolved",
            skipped={"adaeve_4712_902_bobbert_1_10_02.txt": "not a notebook"},
        ),
        Odd("leeann (47)", {"leeann_LATE_47_12_x.ipynb": RIGHT}),
        Odd("leeann (48)", {"leeann_48_13_x.ipynb": BEGUN}, "unsolved"),
        Odd("kim", {"kim_50_15_a;passed;;10;=1+1.ipynb": RIGHT}),
        Odd(
            "pat",
            {"pat_51_16_w.zip": zipped({"a.ipynb": BEGUN, "a.html/b-2.ipynb": RIGHT})},
            skipped={"pat_51_16_w.zip/a.ipynb": OLDER},
        ),
        Odd("sam", {"sam_52_17_secret.zip": encrypted()}, "broken", "password"),
        Odd("deep", {"deep_53_18_w.zip": nested(1_000)}, "broken", "zip files deep"),
    ],
    "nbgrader": [
        Odd("ada", {"submitted/ada/nest/x.ipynb": RIGHT}),
        Odd(  # an impostor
            "bob", {"submitted/bob/nest/submitted/ada/nest/ada_1_2_x.ipynb": BEGUN}, "unsolved"
        ),
        Odd("cem", {"submitted/cem/nest/M\udcfcller.ipynb": RIGHT}),
        Odd(
            "dan",
            {"submitted/dan/nest/x.ipynb": lambda path: path.symlink_to("/etc/hostname")},
            "broken",
            "a link or a device",
        ),
        Odd("eli", {"submitted/eli/nest/x.ipynb": b""}, "broken", "not a readable notebook"),
        Odd("fay", {"submitted/fay/nest/x.ipynb": RIGHT[:200]}, "broken", "not a readable"),
        Odd("gil", {"submitted/gil/nest/x.ipynb/w.zip/x.ipynb": RIGHT}),
        Odd("hal", {"submitted/hal/nest/w.zip": zipped({"a/" * 2_000 + "x.ipynb": RIGHT})}),
    ],
    "a folder each": [
        Odd("M\\udcfcller", {"M\udcfcller/x.ipynb": RIGHT}),
        Odd("=cmd|' C!A0", {"=cmd|' C!A0/x;+1.ipynb": RIGHT}),
        Odd("two\\nlines", {"two\nlines/x.ipynb": BEGUN}, "unsolved"),
        Odd(
            "bomb",
            {"bomb/w.zip": zipped({"x.ipynb": bytes(2**25)}, zipfile.ZIP_BZIP2)},
            "broken",
            "larger than",
        ),
        Odd(
            "many",
            {"many/w.zip": zipped({f"{n}.txt": b"" for n in range(10_001)})},
            "broken",
            "more than 10000 files",
        ),
        Odd("twice", {"twice/w.zip": twice()}, skipped={"twice/w.zip/x.ipynb": OLDER}),
        Odd("other", {"other/w.zip": unknown_compression()}, "broken", "not supported"),
        Odd(
            "digits",
            {f"digits/{'9' * 200}.ipynb": RIGHT, "digits/twice/w.zip/x.ipynb": BEGUN},
            skipped={"digits/twice/w.zip/x.ipynb": OLDER},
        ),
    ],
    "a file each": [
        Odd("ada", {"ada.ipynb": RIGHT}),
        Odd("bob", {"bob.ipynb": RIGHT}),
        Odd(  # an impostor
            "bob_1_assignsubmission_file_x",
            {"bob_1_assignsubmission_file_x.ipynb": BEGUN},
            "unsolved",
        ),
        Odd("carl", {"carl.zip": b"no zip file"}, "broken", "not a zip file"),
        Odd("dora", {"dora.zip": zipped({"x.ipynb": RIGHT})[:-30]}, "broken", "not a zip file"),
        Odd("CON", {"CON.ipynb": RIGHT}),
        Odd("y" * 50 + "…" + "y" * 49, {"y" * 240 + ".ipynb": RIGHT}),
        Odd("🦊\\u202e", {"🦊\u202e.ipynb": RIGHT}),
    ],
}


def hand_in(students: list[Odd], folder: Path) -> None:
    """Write the files of a class."""
    for student in students:
        for name, content in student.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content)
                os.utime(path, (1.7e9, 1.7e9 + len(name)))
