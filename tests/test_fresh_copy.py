"""tools.fresh_copy: a fresh copy of a lesson; one's own work is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from tools import student_copies
from tools.fresh_copy import fresh


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the notebooks of the course."""
    folder = tmp_path / "notebooks"
    shutil.copytree(student_copies.NOTEBOOKS, folder)
    monkeypatch.setattr(student_copies, "NOTEBOOKS", folder)
    return folder


def spoil(path: Path) -> str:
    """Write something of one's own into a lesson."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [nbformat.v4.new_code_cell(f"mine = {len(list(path.parent.iterdir()))}")]
    nbformat.write(notebook, path)
    return path.read_text()


def test_a_lesson_is_made_from_its_solved_copy(course: Path) -> None:
    path, solved = course / "02_nested_runs.ipynb", course / "solutions" / "02_nested_runs.ipynb"
    first = spoil(path)
    assert fresh("02") == (path, course / "my_02_nested_runs.ipynb")
    assert nbformat.read(path, as_version=4) == student_copies.students_copy(solved)
    second = spoil(path)
    assert fresh("02") == (path, course / "my_02_nested_runs_2.ipynb")
    kept = [p.read_text() for p in sorted(course.glob("my_*.ipynb"))]
    assert kept == [first, second]


def test_a_lesson_that_was_deleted_comes_back(course: Path) -> None:
    path = course / "01_flat_runs.ipynb"
    path.unlink()
    assert fresh("1")[0] == path
    assert path.exists()
    assert not list(course.glob("my_*"))


@pytest.mark.parametrize("number", ["", "99", "two"])
def test_no_such_lesson(course: Path, number: str) -> None:
    with pytest.raises(LookupError, match="Say one of these: 00, 01"):
        fresh(number)
