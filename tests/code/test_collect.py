"""What is taken of submissions as platforms export them, and what is left out by name."""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

import pytest

from classroom.grading import collect as collecting
from classroom.grading import lessons
from classroom.grading.collect import Collected, collect
from classroom.grading.lessons import Cell, cells_of, lesson_of
from tests.submissions import NOTEBOOKS, SOLVED, STUDENT, copy_with_strays

LESSON = STUDENT.name


def zipped(name: str, content: bytes = STUDENT.read_bytes()) -> bytes:
    """A zip file with one file in it, under any name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def put(path: Path, content: bytes = SOLVED.read_bytes()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def collected(source: Path, pattern: str = "") -> Collected:
    with tempfile.TemporaryDirectory() as room:
        return collect(source, Path(room), re.compile(pattern) if pattern else None)


@pytest.mark.parametrize(
    "paths",
    [
        [
            "Zoë Müller_4711_assignsubmission_file_/Meine Lösung.ipynb",
            "Ada Lovelace_4712_assignsubmission_file_/my work.zip",
        ],
        [f"Zoë Müller_LATE_47_12_{LESSON}", "Ada Lovelace_4713_12347_all.zip"],
        [f"Zoë Müller/challenge/{LESSON}", f"Ada Lovelace/challenge/{LESSON}"],
        [f"submitted/Zoë Müller/challenge/{LESSON}", f"submitted/Ada Lovelace/challenge/{LESSON}"],
        ["export/Zoë Müller.ipynb", "export/Ada Lovelace.ipynb"],
    ],
    ids=["Moodle", "Canvas", "nbgrader", "nbgrader, all", "a folder"],
)
def test_each_layout_tells_the_student(tmp_path: Path, paths: list[str]) -> None:
    folder = tmp_path / "class"
    for path in paths:
        put(folder / path, *([zipped(LESSON)] if path.endswith(".zip") else []))
    for source in (folder, Path(shutil.make_archive(str(folder), "zip", folder))):
        found = collected(source)
        assert {one.student for one in found.taken} == {"Ada Lovelace", "Zoë Müller"}
        assert {one.lesson for one in found.taken} == {LESSON}
        assert found.not_taken == {}


def test_a_pattern_finds_the_student(tmp_path: Path) -> None:
    for name in ("challenge-ada", "other"):
        put(tmp_path / "week 5" / f"{name}.ipynb")
    found = collected(tmp_path, r"challenge-(\w+)")
    assert [one.student for one in found.taken] == ["ada"]
    assert found.not_taken == {"week 5/other.ipynb": "--student finds no student in its path"}


def test_what_is_not_taken_is_named(tmp_path: Path) -> None:
    for name in (
        "ada/first try.ipynb",
        "ada/second try.ipynb",
        "ada/second try.py",
        "hop_1_2_x.ipynb",
        "hop_1_2_x-2.ipynb",
        "hop_1_2_x-10.ipynb",
        "__MACOSX/._a.ipynb",
        "ada/.ipynb_checkpoints/a.ipynb",
        ".DS_Store",
    ):
        put(tmp_path / name)
        os.utime(tmp_path / name, (1, 1 + (name == "ada/second try.ipynb")))
    put(tmp_path / "ada" / "broken.ipynb", b"{")  # nobody can tell of which lesson
    put(tmp_path / "no.zip", b"no zip file")
    put(tmp_path / "notes.ipynb", (NOTEBOOKS / "cheat_sheet.ipynb").read_bytes())
    (tmp_path / "link.ipynb").symlink_to("/etc/hostname")
    found = collected(tmp_path)
    assert [one.file for one in found.taken] == [
        "ada/broken.ipynb",
        "ada/second try.ipynb",
        "hop_1_2_x-10.ipynb",  # Canvas's number tells the newest
    ]
    older = "older than hop_1_2_x-10.ipynb, of hop for the same exercise"
    assert found.not_taken == {
        "ada/first try.ipynb": "older than ada/second try.ipynb, of ada for the same exercise",
        "ada/second try.py": "not a notebook",
        "hop_1_2_x.ipynb": older,
        "hop_1_2_x-2.ipynb": older,
        "link.ipynb": "a link or a device, not a file",
        "no.zip": "a zip file that cannot be read (File is not a zip file)",
        "notes.ipynb": "a copy of cheat_sheet.ipynb, which has no exercise",
    }


def test_each_lesson_is_known_by_its_heading_whatever_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "NOTEBOOKS", copy_with_strays(tmp_path / "notebooks"))
    names = sorted(path.name for path in (NOTEBOOKS / "solutions").glob("*.ipynb"))
    assert [lesson_of(cells_of(NOTEBOOKS / name)[:1]) for name in names] == names


def test_a_mark_tells_the_lesson_else_a_definition_else_the_files_name() -> None:
    written = Cell("def go_on(parent_id): ...")
    assert lesson_of([written, Cell("", grade_id="execute-tuning")]) == LESSON
    assert lesson_of([written], LESSON) == "07_let_a_sampler_choose.ipynb"
    assert lesson_of([Cell("adopt = print")]) == "02_nested_runs.ipynb"
    assert lesson_of([Cell("hint()")], f"my {LESSON}") == LESSON
    assert lesson_of([Cell("hint()")]) == ""  # many lessons have it


def test_a_zip_file_neither_writes_elsewhere_nor_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "class.zip"
    for name in ("../../out.ipynb", "/etc/out.ipynb", "..\\out.ipynb", "C:/out.ipynb"):
        archive.write_bytes(zipped(name))
        [one] = collected(archive).taken
        assert not {"..", ""} & {*one.file.split("/")}

    deep = zipped("d.ipynb")
    for name in ("c.zip", "b.zip", "a.zip"):
        deep = zipped(name, deep)
    put(tmp_path / "class" / "deep.zip", deep)
    put(tmp_path / "class" / "large.zip", zipped("a.ipynb", bytes(30 * 2**20)))
    found = collected(tmp_path / "class")
    assert found.taken == []
    assert "zip files deep" in found.not_taken["deep.zip/a.zip/b.zip/c.zip"]
    assert "larger than 20 MB" in found.not_taken["large.zip/a.ipynb"]
    monkeypatch.setattr(collecting, "_MOST_MEMBERS", 0)
    assert [*collected(archive).not_taken.values()] == ["a zip file with more than 0 files"]
