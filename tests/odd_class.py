"""Classes whose names, files and archives are as odd as any that came in.

Two pairs of students have the same name, and some students try to hand in work under somebody
else's name. Everything that can be read is right.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from tests.answers import in_the_lesson

FUTURE = (2040, 1, 1, 0, 0, 0)
NOW = (2026, 11, 30, 9, 0, 0)


def right() -> bytes:
    """Return a small notebook with the solution of lesson 02's required exercise."""
    _, solution = in_the_lesson("nest")
    cells = [nbformat.v4.new_code_cell(source) for source in ("import mlflow", solution)]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()


RIGHT = right()


def zipped(
    *files: tuple[str, bytes],
    compression: int = zipfile.ZIP_DEFLATED,
    date: tuple[int, int, int, int, int, int] = NOW,
) -> bytes:
    """Return a zip file with these files in it, under any names; each is a year newer."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for number, (name, content) in enumerate(files):
            member = zipfile.ZipInfo(name, (date[0] + min(number, 50), *date[1:]))
            archive.writestr(member, content, compression)
    return file.getvalue()


def corrupt(compression: int) -> bytes:
    """Return a zip file with a notebook of which some compressed bytes are others."""
    whole = bytearray(zipped(("x.ipynb", os.urandom(500) + RIGHT), compression=compression))
    whole[60:120] = b"\xff" * 60
    return bytes(whole)


def relabeled(offset: int, value: int) -> bytes:
    """Return a zip file whose headers have another value: at 6 the flags, at 8 the compression."""
    whole = bytearray(zipped(("x.ipynb", RIGHT)))
    for signature, more in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        struct.pack_into("<H", whole, whole.index(signature) + offset + more, value)
    return bytes(whole)


def nested(depth: int) -> bytes:
    """Return a zip file in a zip file in a zip file …, around a notebook."""
    content = zipped(("x.ipynb", RIGHT))
    for _ in range(depth):
        content = zipped(("../a.zip", content), compression=zipfile.ZIP_STORED)
    return content


@dataclass(frozen=True)
class Odd:
    """A student: what was handed in, and what has to come of it."""

    student: str  # in the table
    path: str
    content: bytes | Callable[[Path], object] = RIGHT
    problem: str = ""  # a part of the reason for which it cannot be read
    others: Mapping[str, bytes] = field(default_factory=dict)  # further files, by the path
    skipped: Mapping[str, str] = field(default_factory=dict)  # parts of the reasons, by the path


def moodle(student: str, name: str) -> str:
    return f"week 5/{student}_assignsubmission_file_/{name}"


OLDER = "older than"
CLASSES: dict[str, list[Odd]] = {
    "Moodle": [
        Odd("Maria Silva (4711)", moodle("Maria Silva_4711", "x.ipynb")),
        Odd("Maria Silva (4712)", moodle("Maria Silva_4712", "x.ipynb")),
        Odd("Zoë O'Brien-Müller", moodle("Zoë O'Brien-Müller_4713", "my\nwork.ipynb")),
        Odd(  # an impostor
            "Eve",
            moodle("Eve_4714", "work.zip"),
            zipped(("Maria Silva_4711_assignsubmission_file_/x.ipynb", RIGHT), date=FUTURE),
        ),
        Odd(  # who has changed the name in the profile, too
            "Maria Silva_4711_assignsubmission_file_",
            moodle("Maria Silva_4711_assignsubmission_file__4715", "x.ipynb"),
        ),
        Odd("Bzip", moodle("Bzip_4716", "w.zip"), corrupt(zipfile.ZIP_BZIP2), "read"),
        Odd("Lzma", moodle("Lzma_4717", "w.zip"), corrupt(zipfile.ZIP_LZMA), "read"),
        Odd("Long", moodle("Long_4718", "w.zip"), zipped(("x" * 60_000 + ".ipynb", RIGHT))),
    ],
    "Canvas": [
        Odd("bobbert", "bobbert_1_10_02.ipynb"),
        Odd(  # an impostor
            "adaeve",
            "adaeve_4712_901_work.zip",
            zipped(("bobbert_1_assignsubmission_file_/02.ipynb", RIGHT), date=FUTURE),
            others={"adaeve_4712_902_bobbert_1_10_02.txt": b""},
            skipped={"adaeve_4712_902_bobbert_1_10_02.txt": "not a notebook"},
        ),
        Odd("leeann (47)", "leeann_LATE_47_12_x.ipynb"),
        Odd("leeann (48)", "leeann_48_13_x.ipynb"),
        Odd("kim", "kim_50_15_a;passed;;10;=1+1.ipynb"),
        Odd(
            "pat",
            "pat_51_16_w.zip",
            zipped(("a.ipynb", RIGHT), ("a.html/b-2.ipynb", RIGHT)),
            skipped={"pat_51_16_w.zip/a.ipynb": OLDER},
        ),
        Odd("sam", "sam_52_17_secret.zip", relabeled(6, 1), "password"),
        Odd("deep", "deep_53_18_w.zip", nested(1_000), "zip files deep"),
    ],
    "nbgrader": [
        Odd("bob", "submitted/bob/nest/submitted/ada/nest/ada_1_2_x.ipynb"),
        Odd("cem", "submitted/cem/nest/M\udcfcller.ipynb"),
        Odd(
            "dan",
            "submitted/dan/nest/x.ipynb",
            lambda path: path.symlink_to("/etc/hostname"),
            "a link or a device",
        ),
        Odd("gil", "submitted/gil/nest/x.ipynb/w.zip/x.ipynb"),
        Odd("hal", "submitted/hal/nest/w.zip", zipped(("a/" * 2_000 + "x.ipynb", RIGHT))),
        Odd("ivy", "submitted/ivy/nest/w.zip", zipped((r"C:\..\..\x.ipynb", RIGHT))),
    ],
    "a folder each": [
        Odd("M\\udcfcller", "M\udcfcller/x.ipynb"),
        Odd("=cmd|' C!A0", "=cmd|' C!A0/x;+1.ipynb"),
        Odd("two\\nlines", "two\nlines/x.ipynb"),
        Odd("torn", "torn/x.ipynb", RIGHT[:200], "not a readable notebook"),
        Odd(
            "bomb",
            "bomb/w.zip",
            zipped(("x.ipynb", bytes(2**25)), compression=zipfile.ZIP_BZIP2),
            "larger than",
        ),
        Odd(
            "many",
            "many/w.zip",
            zipped(*((f"{number}.txt", b"") for number in range(10_001))),
            "more than 10000 files",
        ),
        Odd(
            "twice",
            "twice/w.zip",
            zipped(("x.ipynb", RIGHT), ("./x.ipynb", RIGHT)),
            skipped={"twice/w.zip/x.ipynb": OLDER},
        ),
        Odd("other", "other/w.zip", relabeled(8, 97), "not supported"),
        Odd(
            "digits",
            f"digits/{'9' * 200}.ipynb",
            others={"digits/twice/w.zip/x.ipynb": RIGHT},
            skipped={"digits/twice/w.zip/x.ipynb": OLDER},
        ),
    ],
    "a file each": [
        Odd("bob", "bob.ipynb"),
        Odd("bob_1_assignsubmission_file_x", "bob_1_assignsubmission_file_x.ipynb"),
        Odd("dora", "dora.zip", zipped(("x.ipynb", RIGHT))[:-30], "not a zip file"),
        Odd("CON", "CON.ipynb"),
        Odd("y" * 50 + "…" + "y" * 49, "y" * 240 + ".ipynb"),
        Odd("🦊\\u202e", "🦊\u202e.ipynb"),
    ],
}


def hand_in(students: list[Odd], folder: Path) -> None:
    """Write the files of a class."""
    for student in students:
        for name, content in {student.path: student.content, **student.others}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content)
                os.utime(path, (1.7e9, 1.7e9 + len(name)))
