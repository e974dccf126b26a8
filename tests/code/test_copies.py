"""tools.student_copies and tools.fresh_copy: the students' copies, and a fresh one of a lesson."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tools import student_copies
from tools.fresh_copy import fresh
from tools.student_copies import is_stale, renew, solutions, solved_notebooks, students_path

CODE = "def answer():\n    return 42"


@pytest.fixture
def solved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The solved notebook of a course with one lesson."""
    output = nbformat.v4.new_output("stream", text="42")
    cells = [
        nbformat.v4.new_markdown_cell("After [lesson 04](../04.ipynb), [look](https://../)."),
        nbformat.v4.new_code_cell("def answer(): ...", execution_count=1),
        nbformat.v4.new_code_cell(CODE, execution_count=2, metadata={"tags": ["solution"]}),
        nbformat.v4.new_code_cell("answer()", execution_count=3, outputs=[output]),
    ]
    path = tmp_path / "solutions" / "05_answer.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setattr(student_copies, "NOTEBOOKS", tmp_path)
    return path


def test_the_copies_of_the_course_are_there_and_not_stale() -> None:
    stale = [path.name for path in solved_notebooks() if is_stale(path)]
    assert stale == [], "The students' copies are not what the solved notebooks say: make copies"
    found = {p.name for p in student_copies.NOTEBOOKS.glob("*.ipynb") if p.name[:3] != "my_"}
    assert found == {path.name for path in solved_notebooks()}


def test_a_copy_lacks_the_solution_and_only_a_stale_one_is_written(solved: Path) -> None:
    copy = students_path(solved)
    assert renew() == [copy]
    text, starter, last = nbformat.read(copy, as_version=4).cells
    assert text.source == "After [lesson 04](04.ipynb), [look](https://../)."
    assert (starter.source, last.source) == ("def answer(): ...", "answer()")
    assert (starter.execution_count, last.outputs) == (None, [])
    assert solutions(solved) == [CODE]
    assert renew() == []
    copy.write_bytes(solved.read_bytes())
    assert renew() == [copy]


def test_a_fresh_copy_keeps_ones_own_work_each_time(solved: Path) -> None:
    folder, lesson = solved.parents[1], students_path(solved)
    for kept in ("my_05_answer.ipynb", "my_05_answer_2.ipynb"):
        lesson.write_text(f"mine, {kept}")
        assert fresh("5") == (lesson, folder / kept)
        assert not is_stale(solved)
    for path in folder.glob("my_*"):
        assert path.read_text() == f"mine, {path.name}"
    for number in ("", "99", "two"):
        with pytest.raises(LookupError, match="Say its number"):
            fresh(number)
