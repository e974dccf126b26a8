"""tools.student_copies and helpers.fresh_copy: the students' copies, and a fresh one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from classroom.grading.select_cells import read_sources
from exercises.solved_notebooks import functions
from helpers import fresh_copy
from helpers.fresh_copy import fresh, start_over
from tools import student_copies
from tools.notebook_cells import read_cells
from tools.student_copies import NOTEBOOKS, is_stale, renew, solutions, solved_notebooks

LESSON = "05_best_child_challenge.ipynb"


# Their copies run unsolved as well: 05 in test_played_lessons, 12 under nbval.
GOES_ON_WITH_IT = ["05_best_child_challenge", "14_in_a_year"]


@pytest.fixture
def solved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The solved notebook of a course with one lesson."""
    path = tmp_path / "solutions" / LESSON
    path.parent.mkdir()
    shutil.copy(NOTEBOOKS / "solutions" / LESSON, path)
    for module in (fresh_copy, student_copies):
        monkeypatch.setattr(module, "NOTEBOOKS", tmp_path)
    return path


def test_the_copies_of_the_course_are_there_and_not_stale() -> None:
    stale = [path.name for path in solved_notebooks() if is_stale(path)]
    assert stale == [], "The students' copies are not what the solved notebooks say: make copies"
    copies = {path.name for path in NOTEBOOKS.glob("*.ipynb") if path.name[:3] != "my_"}
    assert copies == {path.name for path in solved_notebooks()}


def test_every_other_copy_runs_unsolved_as_it_does_solved() -> None:
    continued = set()
    for function, lesson in functions().items():
        code = read_sources(NOTEBOOKS / lesson)
        checked = next(n for n, source in enumerate(code) if f"check({function})" in source)
        if any(re.search(rf"\b{function}\(", source) for source in code[checked + 1 :]):
            continued.add(Path(lesson).stem)
    assert sorted(continued) == GOES_ON_WITH_IT


def test_a_copy_lacks_the_solution_and_only_a_stale_one_is_written(solved: Path) -> None:
    copy = solved.parents[1] / LESSON
    assert renew() == [copy]
    assert renew() == []
    assert copy.read_bytes() == (NOTEBOOKS / LESSON).read_bytes()
    text = "\n".join(cell.source for cell in read_cells(copy))
    assert "def execute_tuning" in text  # the starter
    assert [code in text for code in solutions(solved)] == [False]
    assert "](../docs/" in text  # as seen from one folder above
    copy.write_bytes(solved.read_bytes())
    assert renew() == [copy]


def test_a_cell_starts_over_the_lesson_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a hub, the course is installed where students cannot write."""
    (tmp_path / LESSON).write_text("mine")
    monkeypatch.chdir(tmp_path)
    start_over("5")
    assert f"{LESSON} is fresh. Your earlier version is now my_{LESSON}." in capsys.readouterr().out
    assert (tmp_path / LESSON).read_bytes() == (NOTEBOOKS / LESSON).read_bytes()
    assert (tmp_path / f"my_{LESSON}").read_text() == "mine"


def test_a_fresh_copy_keeps_ones_own_work_each_time(solved: Path) -> None:
    folder = solved.parents[1]
    lesson = folder / LESSON
    for kept in (f"my_{LESSON}", f"my_{LESSON[:-6]}_2.ipynb"):
        lesson.write_text(f"mine, {kept}")
        assert fresh("5") == (lesson, folder / kept)
        assert not is_stale(solved)
    for path in folder.glob("my_*"):
        assert path.read_text() == f"mine, {path.name}"
    for number in ("", "99", "two"):
        with pytest.raises(LookupError, match="Pass its number"):
            fresh(number)
