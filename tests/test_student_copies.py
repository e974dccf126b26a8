"""tools.student_copies: each students' copy is its solved notebook without the solutions."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tools import student_copies
from tools.student_copies import is_stale, solutions, solved_notebooks, students_copy, students_path

CODE = "def answer():\n    return 42"


@pytest.fixture
def solved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A solved notebook in a folder of its own."""
    cells = [
        nbformat.v4.new_markdown_cell("After [lesson 04](../04.ipynb), [look](https://../)."),
        nbformat.v4.new_code_cell("def answer(): ...", execution_count=1),
        nbformat.v4.new_code_cell(CODE, execution_count=2, metadata={"tags": ["solution"]}),
        nbformat.v4.new_code_cell(
            "answer()",
            execution_count=3,
            outputs=[nbformat.v4.new_output("stream", text="42")],
        ),
    ]
    path = tmp_path / "solutions" / "05.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setattr(student_copies, "NOTEBOOKS", tmp_path)
    return path


@pytest.mark.parametrize("path", solved_notebooks(), ids=lambda path: path.stem)
def test_the_copies_of_the_course_are_not_stale(path: Path) -> None:
    assert not is_stale(path), (
        f"notebooks/{path.name} is not what notebooks/solutions/{path.name} says. Run: make copies"
    )


def test_no_other_notebook_lies_beside_the_copies() -> None:
    copies = {students_path(path) for path in solved_notebooks()}
    mine = set(student_copies.NOTEBOOKS.glob("my_*.ipynb"))
    assert set(student_copies.NOTEBOOKS.glob("*.ipynb")) - mine == copies


def test_a_copy_lacks_the_solution_and_its_links_lead_from_one_folder_above(solved: Path) -> None:
    text, starter, last = students_copy(solved).cells
    assert text.source == "After [lesson 04](04.ipynb), [look](https://../)."
    assert (starter.source, last.source) == ("def answer(): ...", "answer()")
    assert (starter.execution_count, last.execution_count, last.outputs) == (None, None, [])
    assert solutions(solved) == [CODE]


def test_only_a_stale_copy_is_written(solved: Path) -> None:
    copy = students_path(solved)
    assert is_stale(solved)
    assert student_copies.renew() == [copy]
    assert not is_stale(solved)

    assert student_copies.renew() == []

    executed = nbformat.read(copy, as_version=4)
    executed.cells[-1].outputs = [nbformat.v4.new_output("stream", text="42")]
    nbformat.write(executed, copy)
    assert is_stale(solved)
    assert student_copies.renew() == [copy]
    assert nbformat.read(copy, as_version=4).cells[-1].outputs == []

    changed = nbformat.read(solved, as_version=4)
    changed.cells[-1].source = "answer() + 1"
    nbformat.write(changed, solved)
    assert student_copies.renew() == [copy]
    assert nbformat.read(copy, as_version=4).cells[-1].source == "answer() + 1"
