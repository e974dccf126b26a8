"""What is taken of submissions as platforms export them, and what is left out by name."""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

import nbformat
import pytest

from classroom.grading import collect as collecting
from classroom.grading import lessons
from classroom.grading.collect import Collected, collect
from tests.submissions import NOTEBOOKS, SOLVED, STUDENT, copy_with_strays

LESSON = STUDENT.name


def zipped(name: str, content: bytes = STUDENT.read_bytes()) -> bytes:
    """A zip file with one file in it, under any name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def put(path: Path, content: bytes = SOLVED.read_bytes()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(LESSON) if path.suffix == ".zip" else content)


def write(path: Path, *sources: str) -> None:
    """A notebook without a mark in its cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def collected(source: Path, pattern: str = "") -> Collected:
    with tempfile.TemporaryDirectory() as room:
        return collect(source, Path(room), re.compile(pattern) if pattern else None)


def lesson_of(folder: Path) -> str:
    [one] = collected(folder).taken
    return one.lesson


@pytest.mark.parametrize(
    "paths",
    [
        [
            "Zoë Müller_4711_assignsubmission_file_/Meine Lösung.ipynb",
            "Ada Lovelace_4712_assignsubmission_file_/my work.zip",
        ],
        [f"Zoë Müller_LATE_47_12_{LESSON}", "Ada Lovelace_48_13_05_best_child_challenge-1.ipynb"],
        [f"Zoë Müller_47_12_{LESSON}", "Ada Lovelace_4713_12347_all.zip"],
        [f"Zoë Müller/challenge/{LESSON}", f"Ada Lovelace/challenge/{LESSON}"],
        [f"submitted/Zoë Müller/challenge/{LESSON}", f"submitted/Ada Lovelace/challenge/{LESSON}"],
        ["export/Zoë Müller.ipynb", "export/Ada Lovelace.ipynb"],
    ],
    ids=["Moodle", "Canvas", "Canvas, a zip file", "nbgrader", "nbgrader, all", "a folder"],
)
def test_each_layout_tells_the_student(tmp_path: Path, paths: list[str]) -> None:
    folder = tmp_path / "class"
    for path in paths:
        put(folder / path)
    for source in (folder, Path(shutil.make_archive(str(folder), "zip", folder))):
        found = collected(source)
        assert {one.student for one in found.taken} == {"Ada Lovelace", "Zoë Müller"}
        assert {one.lesson for one in found.taken} == {LESSON}
        assert found.not_taken == {}


def test_a_pattern_finds_the_student(tmp_path: Path) -> None:
    for name in ("challenge-ada", "challenge-bob", "other"):
        put(tmp_path / "week 5" / f"{name}.ipynb")
    found = collected(tmp_path, r"challenge-(\w+)")
    assert [one.student for one in found.taken] == ["ada", "bob"]
    assert found.not_taken == {"week 5/other.ipynb": "--student finds no student in its path"}


def test_what_is_not_taken_is_named(tmp_path: Path) -> None:
    put(tmp_path / "ada" / "first try.ipynb")
    put(tmp_path / "ada" / "second try.ipynb")
    os.utime(tmp_path / "ada" / "first try.ipynb", (1, 1))
    put(tmp_path / "ada" / "broken.ipynb", b"{")  # nobody can tell of which lesson
    for name in ("hop_1_2_x", "hop_1_2_x-2", "hop_1_2_x-10"):  # Canvas's number tells the newest
        put(tmp_path / f"{name}.ipynb")
        os.utime(tmp_path / f"{name}.ipynb", (5, 5))
    for litter in (
        "__MACOSX/._a.ipynb",
        ".DS_Store",
        "ada/.ipynb_checkpoints/a.ipynb",
        "Thumbs.db",
    ):
        put(tmp_path / litter)
    put(tmp_path / "ada" / "second try.py")
    (tmp_path / "link.ipynb").symlink_to("/etc/hostname")
    (tmp_path / "no.zip").write_text("no zip file")
    for name in lessons.WITHOUT_EXERCISE:
        shutil.copy(NOTEBOOKS / name, tmp_path / f"my {name}")
    found = collected(tmp_path)
    assert {one.file: one.student for one in found.taken} == {
        "ada/broken.ipynb": "ada",
        "ada/second try.ipynb": "ada",
        "hop_1_2_x-10.ipynb": "hop",
    }
    older = "older than hop_1_2_x-10.ipynb, of hop for the same exercise"
    assert found.not_taken == {
        "ada/first try.ipynb": "older than ada/second try.ipynb, of ada for the same exercise",
        "ada/second try.py": "not a notebook",
        "hop_1_2_x.ipynb": older,
        "hop_1_2_x-2.ipynb": older,
        "link.ipynb": "a link or a device, not a file",
        "no.zip": "a zip file that cannot be read (File is not a zip file)",
    } | {
        f"my {name}": f"a copy of {name}, which has no exercise"
        for name in lessons.WITHOUT_EXERCISE
    }


def test_every_notebook_of_the_course_is_known() -> None:
    readme = (NOTEBOOKS.parent / "README.md").read_text()
    assert lessons.names() == sorted(re.findall(r"\]\(notebooks/([^)]+\.ipynb)\)", readme))


@pytest.mark.parametrize(
    ("name", "source", "lesson"),
    [
        ("ada.ipynb", "def go_on(parent_id): ...", "07_let_a_sampler_choose.ipynb"),
        ("ada.ipynb", "adopt = print", "02_nested_runs.ipynb"),
        ("ada.ipynb", "hint()", ""),  # many lessons have it
        (LESSON, "x = 1", LESSON),
    ],
)
def test_without_marks_the_function_or_the_files_name_tells_the_lesson(
    tmp_path: Path, name: str, source: str, lesson: str
) -> None:
    write(tmp_path / name, source)
    assert lesson_of(tmp_path) == lesson


def test_a_starter_tells_the_lesson_whatever_else_is_there(tmp_path: Path) -> None:
    notebook = nbformat.read(STUDENT, as_version=4)
    [starter] = (cell for cell in notebook.cells if cell.id == "execute-tuning")
    starter.cell_type, starter.source = "markdown", "def go_on(parent_id): ..."
    notebook.cells = [starter, *nbformat.read(NOTEBOOKS / "00_start_here.ipynb", 4).cells]
    nbformat.write(notebook, tmp_path / "ada.ipynb")
    assert lesson_of(tmp_path) == LESSON


def test_what_lies_beside_the_lessons_is_no_lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "NOTEBOOKS", copy_with_strays(tmp_path / "notebooks"))
    for name in {*lessons.functions().values()}:
        for number, source in enumerate((NOTEBOOKS / "solutions" / name, NOTEBOOKS / name)):
            put(tmp_path / "class" / f"{number} {name[:-6]}" / "x.ipynb", source.read_bytes())
    found = collected(tmp_path / "class").taken
    assert found
    assert all(f"{one.student[2:]}.ipynb" == one.lesson for one in found)


def test_a_zip_file_neither_writes_elsewhere_nor_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "class.zip"
    for name in ("../../out.ipynb", "/etc/out.ipynb", "..\\out.ipynb", "C:/out.ipynb"):
        archive.write_bytes(zipped(name))
        [one] = collected(archive).taken
        assert not {"..", ""} & {*one.file.split("/")}
    assert [*tmp_path.rglob("*.ipynb")] == []

    nested = zipped(LESSON)
    for name in ("a.zip", "b.zip", "c.zip"):
        nested = zipped(name, nested)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("ada.ipynb", bytes(30 * 2**20))  # of which nothing is left in a zip file
        file.writestr("bob.zip", nested)
    found = collected(archive)
    assert found.taken == []
    large, deep = found.not_taken.values()
    assert "larger than 20 MB" in large
    assert "zip files deep" in deep
    monkeypatch.setattr(collecting, "_MOST_MEMBERS", 1)
    assert [*collected(archive).not_taken.values()] == ["a zip file with more than 1 files"]
