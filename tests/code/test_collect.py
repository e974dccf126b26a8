"""What is taken of submissions as platforms export them, and what is skipped and why."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import tomllib
from pathlib import Path

import pytest

from classroom.grading import Grade, feedback, recognize_lesson
from classroom.grading import collect as collecting
from classroom.grading.collect import Collection, collect
from classroom.grading.recognize_lesson import lesson_of
from classroom.grading.table import Table
from tests.odd_class import CLASSES, hand_in, zipped
from tests.submissions import NOTEBOOKS, SOLVED, STUDENT, copy_with_strays

LESSON = STUDENT.name
ZIP = zipped((LESSON, STUDENT.read_bytes()))
LAYOUTS = tomllib.loads(Path(__file__).with_name("layouts.toml").read_text(encoding="utf-8"))


def put(path: Path, content: bytes = SOLVED.read_bytes()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def collected(source: Path, pattern: str = "") -> Collection:
    with tempfile.TemporaryDirectory() as work_folder:
        return collect(source, Path(work_folder), re.compile(pattern) if pattern else None)


def problems(source: Path) -> dict[str, str]:
    return {submission.file: submission.problem for submission in collected(source).submissions}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_path_of_a_file_tells_the_student(tmp_path: Path, layout: str) -> None:
    folder, expected = tmp_path / "class", LAYOUTS[layout]
    for path in expected:
        lesson = NOTEBOOKS / Path(path).name
        notebook = lesson if lesson.is_file() else SOLVED
        put(folder / path, ZIP if path.endswith(".zip") else notebook.read_bytes())
    for source in (folder, Path(shutil.make_archive(str(folder), "zip", folder))):
        collection = collected(source, layout if "(?P" in layout else "")
        students = dict.fromkeys(expected, "")
        for submission in collection.submissions:
            [path] = [path for path in expected if submission.file.startswith(path)]
            students[path] = submission.student
        assert students == expected
        reasons = "outside of submitted/|--student does not match its path|older than .*"
        assert all(re.fullmatch(reasons, reason) for reason in collection.skipped.values())
        assert len(collection.skipped) == [*expected.values()].count("")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
@pytest.mark.parametrize("layout", CLASSES)
def test_in_an_odd_class_each_file_belongs_to_its_student(layout: str, tmp_path: Path) -> None:
    students = CLASSES[layout]
    hand_in(students, tmp_path / "class")
    collection = collected(tmp_path / "class")
    reasons = {submission.student: submission.problem for submission in collection.submissions}
    assert sorted(reasons) == sorted(odd.student for odd in students)
    for odd in students:
        if odd.student != "torn":  # which nobody has read yet
            assert bool(odd.problem) == bool(reasons[odd.student])
            assert odd.problem in reasons[odd.student]
    skipped = {path: reason for odd in students for path, reason in odd.skipped.items()}
    listed = {path: reason for path, reason in collection.skipped.items() if path[:5] != "many/"}
    assert len(collection.skipped) - len(listed) == 21 * ("many" in reasons)
    assert listed.keys() == skipped.keys()
    assert all(skipped[path] in reason for path, reason in listed.items())
    pages = {submission.page.casefold() for submission in collection.submissions}
    assert len(pages) == len(collection.submissions) == len(students)
    assert all(len(page.encode()) < 200 and page.isprintable() for page in pages)
    for submission in collection.submissions:
        assert submission.file.isprintable()
        assert len(submission.file) <= 210
        assert not {"..", ""} & {*submission.file.split("/")}
    # Every name can be written, and is read back as it was.
    table = Table(tmp_path / "grades.csv")
    for submission in collection.submissions:
        grade = Grade(submission.file, student=submission.student, page=submission.page)
        feedback.write(table.pages, grade, 10)
        table.add(grade)
    assert len([*table.pages.rglob("*.html")]) == len(students)
    again = Table(table.output)
    again.write()
    assert all(again.is_done(submission, "") for submission in collection.submissions)


def test_one_zip_file_of_a_class_is_no_student_and_one_of_a_student_is(tmp_path: Path) -> None:
    for folder, students, top in (("week 5", ["ada", "bob"], "week 5"), ("", ["ada"], "")):
        source = tmp_path / f"class {folder}"
        for name in students:
            put(source / folder / f"{name}.ipynb")
        archive = shutil.make_archive(str(tmp_path / "export"), "zip", source)
        put(tmp_path / top / "download" / "ada.zip", Path(archive).read_bytes())
        collection = collected(tmp_path / top / "download")
        assert [submission.student for submission in collection.submissions] == students
        assert collection.top == top


def test_what_is_skipped_is_named_and_what_cannot_be_read_is_a_submission(tmp_path: Path) -> None:
    for name in (
        *("ada/first try.ipynb", "ada/second try.ipynb", "ada/second try.py"),
        *("hop/x.ipynb", "hop/x-2.ipynb", "hop/x-10.ipynb"),
        *("__MACOSX/._a.ipynb", "ada/.ipynb_checkpoints/a.ipynb", ".DS_Store"),
    ):
        put(tmp_path / name)
        os.utime(tmp_path / name, (1, 1 + (name == "ada/second try.ipynb")))
    put(tmp_path / "ada" / "broken.ipynb", b"{")  # nobody can tell of which lesson
    put(tmp_path / "no.zip", b"no zip file")
    put(tmp_path / "notes.ipynb", (NOTEBOOKS / "cheat_sheet.ipynb").read_bytes())
    (tmp_path / "link.ipynb").symlink_to("/etc/hostname")
    (tmp_path / "link").symlink_to("/etc")
    assert problems(tmp_path) == {
        "ada/broken.ipynb": "",
        "ada/second try.ipynb": "",
        "hop/x-10.ipynb": "",  # of the same time, the number tells the newest
        "link.ipynb": "a link or a device, not a file",
        "no.zip": "cannot be read (File is not a zip file)",
    }
    older = "older than hop/x-10.ipynb, by hop for the same exercise"
    assert collected(tmp_path).skipped == {
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
    monkeypatch.setattr(recognize_lesson, "NOTEBOOKS", copy_with_strays(tmp_path / "notebooks"))
    recognize_lesson._headings.cache_clear()
    for path in SOLVED.parent.glob("*.ipynb"):
        first, *_ = json.loads((NOTEBOOKS / path.name).read_bytes())["cells"]
        for ascii_only in (True, False):
            content = json.dumps({"cells": [first]}, ensure_ascii=ascii_only)
            assert lesson_of(content.encode()) == path.name


@pytest.mark.parametrize(
    ("sources", "grade_ids", "name", "lesson"),
    [
        (["def go_on(parent_id): ..."], ["execute-tuning"], "", LESSON),
        (["import a\ndef go_on(parent_id): ..."], [], LESSON, "09_let_a_sampler_choose.ipynb"),
        (["adopt = print"], [], "", "02_nested_runs.ipynb"),
        (["hint()"], ["check-nest"], "", "02_nested_runs.ipynb"),
        (["hint()"], [], f"my {LESSON}", LESSON),
        (["hint()"], [], "", ""),  # many lessons have it
    ],
)
def test_a_grade_id_tells_the_lesson_else_a_definition_else_the_files_name(
    sources: list[str], grade_ids: list[str], name: str, lesson: str
) -> None:
    cells = [{"source": source} for source in sources]
    cells += [{"metadata": {"nbgrader": {"grade_id": grade_id}}} for grade_id in grade_ids]
    for indent in (None, 1):
        assert lesson_of(json.dumps(cells, indent=indent).encode(), name) == lesson


def test_what_one_student_unpacks_is_no_matter_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "_MOST_BYTES", 2 * len(SOLVED.read_bytes()))
    for number, name in enumerate(("bob", "ada/a", "ada/b", "ada/c")):
        put(tmp_path / f"{name}.ipynb")
        os.utime(tmp_path / f"{name}.ipynb", (number, number))
    problem_by_file = problems(tmp_path)
    assert (
        problem_by_file["ada/c.ipynb"] == problem_by_file["bob.ipynb"] == ""
    )  # the newest one comes first
    assert "with the student's other files" in problem_by_file["ada/a.ipynb"]
