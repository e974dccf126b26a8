"""`make exercise`: what it writes works as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools.new_exercise import COURSE, write
from tools.student_copies import without_outputs

LESSON = "03_tagged_custom_spaces.ipynb"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of what an exercise is added to."""
    for folder in ("exercises", "helpers", "tests/answers", "notebooks/solutions"):
        skipped = shutil.ignore_patterns("__pycache__", "*.png")
        shutil.copytree(COURSE / folder, tmp_path / folder, ignore=skipped)
    (tmp_path / "tests" / "__init__.py").touch()
    return tmp_path


def test_what_it_writes_works(course: Path, tracking_uri: str) -> None:
    before = without_outputs(course / "notebooks" / "solutions" / LESSON).cells
    write(course, "find_one", "03")
    code = (
        "from tests.answers import answers, exercise\n"
        "made = exercise('find_one')\n"
        "for answer in answers('find_one'):\n"
        "    report = made.check(answer.function())\n"
        "    print(answer.kind, report.state)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=course, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["right solved", "wrong wrong", "untouched unsolved"]
    notebook = nbformat.read(course / "notebooks" / "solutions" / LESSON, as_version=4)
    nbformat.validate(notebook)
    new = [cell for cell in notebook.cells if cell.id not in {old.id for old in before}]
    assert [cell.id for cell in new] == [
        "find-one-task",
        "find-one",
        "find-one-solution",
        "check-find-one",
        "find-one-hint",
        "find-one-show",
    ]
    assert notebook.cells[-1].source.startswith("## In this notebook we")


@pytest.mark.parametrize(
    ("name", "lesson", "said"),
    [
        ("Find", "03", "no name for a function"),
        ("find one", "03", "no name for a function"),
        ("", "03", "no name for a function"),
        ("find_one", "77", "no such solved notebook"),
        ("find_one", "", "no such solved notebook"),
        ("adopt", "02", "There is an exercise adopt already"),
    ],
)
def test_bad_input_writes_nothing(course: Path, name: str, lesson: str, said: str) -> None:
    before = sorted(course.rglob("*"))
    with pytest.raises(ValueError, match=said):
        write(course, name, lesson)
    assert sorted(course.rglob("*")) == before
