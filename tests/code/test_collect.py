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
from tests.odd_class import CLASSES, hand_in
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


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
@pytest.mark.parametrize("layout", CLASSES)
def test_in_an_odd_class_each_file_belongs_to_its_student(layout: str, tmp_path: Path) -> None:
    assert sum(map(len, CLASSES.values())) == 40
    students = CLASSES[layout]
    hand_in(students, tmp_path / "class")
    found = collected(tmp_path / "class")
    problems = {one.student: one.problem for one in found.taken}
    assert len(found.taken) == len(students)
    assert sorted(problems) == sorted(odd.student for odd in students)
    for odd in students:
        if problems[odd.student]:
            assert odd.verdict == "broken"
            assert odd.reason in problems[odd.student]
    skipped = {path: reason for odd in students for path, reason in odd.not_taken.items()}
    listed = {path: reason for path, reason in found.not_taken.items() if path[:5] != "many/"}
    assert len(found.not_taken) - len(listed) == 21 * any(odd.student == "many" for odd in students)
    assert listed.keys() == skipped.keys()
    assert all(skipped[path] in reason for path, reason in listed.items())
    pages = {one.page.casefold() for one in found.taken}
    assert len(pages) == len(students)
    assert all(len(page.encode()) < 200 and page.isprintable() for page in pages)
    assert all(one.file.isprintable() and len(one.file) <= 210 for one in found.taken)


def test_a_layout_is_that_of_most_names_and_the_others_keep_their_own(tmp_path: Path) -> None:
    for name in ("bob_1_2_x.ipynb", "ada_3_4_x.ipynb", "bob/x.ipynb", "cem.ipynb"):
        put(tmp_path / name)
    # Each file is one student's own, though a part of it, deeper, looks like the platform's.
    put(tmp_path / "cem" / "bob_1_2_x.ipynb")
    put(tmp_path / "ada_3_5_x" / "bob_1_2_x-7.ipynb")
    assert {one.file: one.student for one in collected(tmp_path).taken} == {
        "ada_3_5_x/bob_1_2_x-7.ipynb": "ada",
        "bob/x.ipynb": "bob",
        "bob_1_2_x.ipynb": "bob (1)",
        "cem.ipynb": "cem.ipynb",
        "cem/bob_1_2_x.ipynb": "cem",
    }


def test_one_students_folder_is_no_class_and_one_zip_file_of_a_class_is(tmp_path: Path) -> None:
    for name in (LESSON, "02_nested_runs.ipynb"):
        put(tmp_path / "one" / "ada" / name, (NOTEBOOKS / name).read_bytes())
    found = collected(tmp_path / "one")
    assert ({one.student for one in found.taken}, found.top) == ({"ada"}, "")
    archive = shutil.make_archive(str(tmp_path / "ada"), "zip", tmp_path / "one" / "ada")
    put(tmp_path / "zip" / "ada.zip", Path(archive).read_bytes())
    assert {one.student for one in collected(tmp_path / "zip").taken} == {"ada"}
    for name in ("ada", "bob"):
        put(tmp_path / "class" / "week 5" / f"{name}.ipynb")
    archive = shutil.make_archive(str(tmp_path / "export"), "zip", tmp_path / "class")
    put(tmp_path / "download" / "export.zip", Path(archive).read_bytes())
    found = collected(tmp_path / "download")
    assert ([one.student for one in found.taken], found.top) == (["ada", "bob"], "week 5")


def test_an_nbgrader_course_is_graded_by_its_submitted_folder(tmp_path: Path) -> None:
    for name in ("source/nest", "release/nest", "submitted/ada/nest", "autograded/ada/nest"):
        put(tmp_path / name / LESSON)
    found = collected(tmp_path)
    assert [(one.file, one.student) for one in found.taken] == [
        (f"submitted/ada/nest/{LESSON}", "ada")
    ]
    assert {*found.not_taken.values()} == {"outside of submitted/"}


def test_a_pattern_matches_from_the_start_of_what_is_no_students_zip_file(tmp_path: Path) -> None:
    for name in ("challenge-ada.ipynb", "other.ipynb", "x/challenge-ada.ipynb"):
        put(tmp_path / name)
    put(tmp_path / "challenge-bob.zip", zipped("challenge-ada.ipynb"))
    found = collected(tmp_path, r"challenge-(?P<student>\w+)")
    assert {one.file: one.student for one in found.taken} == {
        "challenge-ada.ipynb": "ada",
        "challenge-bob.zip/challenge-ada.ipynb": "bob",
    }
    assert found.not_taken == dict.fromkeys(
        ("other.ipynb", "x/challenge-ada.ipynb"), "--student does not match its path"
    )


def test_what_is_skipped_is_named_and_what_cannot_be_read_is_a_submission(tmp_path: Path) -> None:
    for name in (
        "ada/first try.ipynb",
        "ada/second try.ipynb",
        "ada/second try.py",
        "hop/x.ipynb",
        "hop/x-2.ipynb",
        "hop/x-10.ipynb",
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
    (tmp_path / "link").symlink_to("/etc")
    found = collected(tmp_path)
    assert {one.file: one.problem for one in found.taken} == {
        "ada/broken.ipynb": "",
        "ada/second try.ipynb": "",
        "hop/x-10.ipynb": "",  # at the same time, the number tells the newest
        "link.ipynb": "a link or a device, not a file",
        "no.zip": "cannot be read (File is not a zip file)",
    }
    older = "older than hop/x-10.ipynb, by hop for the same exercise"
    assert found.not_taken == {
        "ada/first try.ipynb": "older than ada/second try.ipynb, by ada for the same exercise",
        "ada/second try.py": "not a notebook",
        "hop/x.ipynb": older,
        "hop/x-2.ipynb": older,
        "link": "a link or a device, not a file",
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
    for name in ("c.zip", "..\\b.zip", "..zip"):
        deep = zipped(name, deep)
    put(tmp_path / "class" / "deep.zip", deep)
    put(tmp_path / "class" / "large.zip", zipped("a.ipynb", bytes(30 * 2**20)))
    problems = {one.file: one.problem for one in collected(tmp_path / "class").taken}
    assert problems.keys() == {"deep.zip/..zip/b.zip/c.zip", "large.zip/a.ipynb"}
    assert "zip files deep" in problems["deep.zip/..zip/b.zip/c.zip"]
    assert "larger than 20 MB" in problems["large.zip/a.ipynb"]


def test_what_one_student_unpacks_is_no_matter_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "_MOST_BYTES", 2 * len(SOLVED.read_bytes()))
    for number, name in enumerate(("bob", "ada/a", "ada/b", "ada/c")):
        put(tmp_path / f"{name}.ipynb")
        os.utime(tmp_path / f"{name}.ipynb", (number, number))
    problems = {one.file: one.problem for one in collected(tmp_path).taken}
    assert problems["ada/c.ipynb"] == problems["bob.ipynb"] == ""  # the newest one comes first
    assert "with the student's other files" in problems["ada/a.ipynb"]
