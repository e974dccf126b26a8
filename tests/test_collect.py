"""What is taken of submissions as platforms export them, and what is left out by name."""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest

from classroom.grading import collect as collecting
from classroom.grading import lessons
from classroom.grading.collect import Collected, collect
from tests.submissions import NOTEBOOKS, SOLVED, STUDENT, copy_with_strays, submit

LESSON = STUDENT.name


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "room").mkdir()
    return tmp_path / "room"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "class").mkdir()
    return tmp_path / "class"


def students(found: Collected) -> dict[str, str]:
    return {one.file: one.student for one in found.taken}


def zipped(source: Path, name: str) -> bytes:
    """A zip file with one file in it, under any name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, source.read_bytes())
    return file.getvalue()


def test_moodle(folder: Path, room: Path) -> None:
    submit(SOLVED, folder / "Zoë Müller_4711_assignsubmission_file_" / "Meine Lösung.ipynb")
    inner = folder / "Ada Lovelace_4712_assignsubmission_file_" / "work.zip"
    inner.parent.mkdir()
    inner.write_bytes(zipped(STUDENT, f"my work/{LESSON}"))
    archive = shutil.make_archive(str(folder), "zip", folder)  # as it is downloaded
    for source in (folder, Path(archive)):
        shutil.rmtree(room)
        room.mkdir()
        found = collect(source, room)
        assert sorted(students(found).values()) == ["Ada Lovelace", "Zoë Müller"]
        assert {one.lesson for one in found.taken} == {LESSON}
        assert found.not_taken == {}


def test_canvas(folder: Path, room: Path) -> None:
    submit(SOLVED, folder / f"lovelaceada_LATE_4711_12345_{LESSON}")
    submit(SOLVED, folder / "hoppergrace_4712_12346_05_best_child_challenge-1.ipynb")
    (folder / "turingalan_4713_12347_all.zip").write_bytes(zipped(STUDENT, LESSON))
    assert sorted(students(collect(folder, room)).values()) == [
        "hoppergrace",
        "lovelaceada",
        "turingalan",
    ]


@pytest.mark.parametrize("above", ["", "submitted"])
def test_nbgrader(folder: Path, room: Path, above: str) -> None:
    for name in ("ada", "bob"):
        submit(SOLVED, folder / above / name / "challenge" / LESSON)
    assert sorted(students(collect(folder, room)).values()) == ["ada", "bob"]


def test_a_pattern_finds_the_student(folder: Path, room: Path) -> None:
    submit(SOLVED, folder / "week 5" / "challenge-ada.ipynb")
    submit(SOLVED, folder / "week 5" / "challenge-bob.ipynb")
    submit(SOLVED, folder / "week 5" / "other.ipynb")
    found = collect(folder, room, re.compile(r"challenge-(\w+)"))
    assert sorted(students(found).values()) == ["ada", "bob"]
    assert found.not_taken == {"week 5/other.ipynb": "--student finds no student in its path"}


def test_a_folder_around_all_is_nobody(folder: Path, room: Path) -> None:
    submit(SOLVED, folder / "export" / "ada.ipynb")
    submit(SOLVED, folder / "export" / "bob.ipynb")
    assert sorted(students(collect(folder, room)).values()) == ["ada", "bob"]


def test_what_is_not_taken_is_named(folder: Path, room: Path) -> None:
    submit(SOLVED, folder / "ada" / "first try.ipynb")
    os.utime(folder / "ada" / "first try.ipynb", (1, 1))
    submit(SOLVED, folder / "ada" / "second try.ipynb")
    (folder / "ada" / "second try.py").write_text("pass")
    shutil.copy(NOTEBOOKS / "00_start_here.ipynb", folder / "bob.ipynb")
    for litter in ("__MACOSX/ada/._a.ipynb", ".DS_Store", "ada/.ipynb_checkpoints/a.ipynb"):
        (folder / litter).parent.mkdir(parents=True, exist_ok=True)
        (folder / litter).write_text("")
    (folder / "Thumbs.db").write_text("")
    (folder / "link.ipynb").symlink_to("/etc/hostname")
    (folder / "no.zip").write_text("no zip file")
    found = collect(folder, room)
    assert students(found) == {"ada/second try.ipynb": "ada"}
    assert found.not_taken == {
        "ada/first try.ipynb": "older than ada/second try.ipynb, of ada for the same exercise",
        "ada/second try.py": "not a notebook",
        "bob.ipynb": "a copy of 00_start_here.ipynb, which has no exercise",
        "link.ipynb": "a link or a device, not a file",
        "no.zip": "a zip file that cannot be read (File is not a zip file)",
    }


@pytest.mark.parametrize("name", lessons.WITHOUT_EXERCISE)
def test_a_notebook_without_an_exercise_is_named(folder: Path, room: Path, name: str) -> None:
    shutil.copy(NOTEBOOKS / name, folder / "ada.ipynb")
    found = collect(folder, room)
    assert (found.taken, found.not_taken) == (
        [],
        {"ada.ipynb": f"a copy of {name}, which has no exercise"},
    )


def test_every_notebook_of_the_course_is_known() -> None:
    linked = re.findall(
        r"\]\(notebooks/([^)]+\.ipynb)\)", (NOTEBOOKS.parent / "README.md").read_text()
    )
    assert lessons.names() == sorted(linked)


@pytest.mark.parametrize(
    ("source", "lesson"),
    [
        ("def go_on(parent_id): ...", "07_let_a_sampler_choose.ipynb"),
        ("adopt = print", "02_nested_runs.ipynb"),
        ("hint()", ""),  # many lessons have it
        ("", ""),
    ],
)
def test_the_function_tells_the_lesson_where_the_cells_have_no_marks(
    folder: Path, room: Path, source: str, lesson: str
) -> None:
    cells = [nbformat.v4.new_code_cell(source)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "ada.ipynb")
    assert [one.lesson for one in collect(folder, room).taken] == [lesson]


def test_a_starter_tells_the_lesson_whatever_else_is_there(folder: Path, room: Path) -> None:
    notebook = nbformat.read(STUDENT, as_version=4)
    [starter] = (cell for cell in notebook.cells if cell.id == "execute-tuning")
    starter.cell_type, starter.source = "markdown", "def go_on(parent_id): ..."
    notebook.cells = [starter, *nbformat.read(NOTEBOOKS / "00_start_here.ipynb", 4).cells]
    nbformat.write(notebook, folder / "ada.ipynb")
    assert [one.lesson for one in collect(folder, room).taken] == [LESSON]


def test_what_lies_beside_the_lessons_is_no_lesson(
    tmp_path: Path, folder: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "NOTEBOOKS", copy_with_strays(tmp_path / "notebooks"))
    lessons_with_one = sorted({*lessons.functions().values()})
    for path in (NOTEBOOKS / "solutions" / name for name in lessons_with_one):
        for number, source in enumerate((path, NOTEBOOKS / path.name)):
            (folder / f"{path.stem} {number}").mkdir()  # a student who calls it otherwise
            shutil.copy(source, folder / f"{path.stem} {number}" / "x.ipynb")
    for name in lessons.WITHOUT_EXERCISE:
        shutil.copy(NOTEBOOKS / name, folder / f"{Path(name).stem}.ipynb")
    found = collect(folder, room)
    assert sorted({one.lesson for one in found.taken}) == lessons_with_one
    assert all(one.lesson == f"{one.student[:-2]}.ipynb" for one in found.taken)
    assert {f"a copy of {name}, which has no exercise" for name in lessons.WITHOUT_EXERCISE} == {
        *found.not_taken.values()
    }


def test_two_exercises_of_one_student_are_both_taken(folder: Path, room: Path) -> None:
    submit(SOLVED, folder / "ada" / "a.ipynb")
    (folder / "ada" / "b.ipynb").write_text("{ broken")  # nobody can tell of which lesson
    assert [one.lesson for one in collect(folder, room).taken] == [LESSON, ""]


def test_the_platforms_number_tells_the_newer_of_one_minute(folder: Path, room: Path) -> None:
    for name in ("x", "x-2", "x-10"):
        submit(SOLVED, folder / f"hoppergrace_1_2_{name}.ipynb")
        os.utime(folder / f"hoppergrace_1_2_{name}.ipynb", (5, 5))
    assert list(students(collect(folder, room))) == ["hoppergrace_1_2_x-10.ipynb"]


def test_no_name_in_a_zip_file_leads_out(tmp_path: Path, room: Path) -> None:
    for name in ("../../out.ipynb", "/etc/out.ipynb", "..\\out.ipynb", "C:/out.ipynb"):
        (tmp_path / "evil.zip").write_bytes(zipped(STUDENT, name))
        found = collect(tmp_path / "evil.zip", room)
        assert all(part not in ("..", "") for part in found.taken[0].file.split("/"))
    assert [path.name for path in tmp_path.rglob("*.ipynb")] == ["0.ipynb"]


def test_a_zip_file_cannot_fill_the_disk(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bomb.ipynb"
    with bomb.open("wb") as file:
        file.truncate(30 * 2**20)  # of which nothing is left in a zip file
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(bomb, "ada.ipynb")
        nested = zipped(STUDENT, LESSON)
        for name in ("a.zip", "b.zip", "c.zip"):
            (tmp_path / "inner").write_bytes(nested)
            nested = zipped(tmp_path / "inner", name)
        archive.writestr("bob.zip", nested)
    found = collect(tmp_path / "class.zip", room)
    assert found.taken == []
    assert "larger than 20 MB" in found.not_taken["ada.ipynb"]
    assert any("zip files deep" in reason for reason in found.not_taken.values())

    monkeypatch.setattr(collecting, "_MOST_MEMBERS", 1)
    said = collect(tmp_path / "class.zip", room).not_taken
    assert list(said.values()) == ["a zip file with more than 1 files"]


def test_the_file_name_tells_the_lesson_where_no_cell_does(folder: Path, room: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    nbformat.write(notebook, folder / LESSON)
    assert [one.lesson for one in collect(folder, room).taken] == [LESSON]
