"""What an exercise's cells in the lesson say, against its words and its answers."""

from __future__ import annotations

import ast
import re
import sys

import nbformat
import pytest

from exercises.engine.report import POINTS
from tests.answers import NAMES, exercise, find
from tools.student_copies import NOTEBOOKS, students_copy, students_path

# What every function must do; no task has to say it.
UNSAID = {"accepts_arguments", "runs_to_its_end", "logs_here", "changes_nothing_else"}


@pytest.mark.parametrize("name", NAMES)
def test_every_task_names_in_comments_what_checks_it(name: str) -> None:
    cells = nbformat.read(NOTEBOOKS / "solutions" / exercise(name).notebook, as_version=4).cells
    grade_id = exercise(name).name.replace("_", "-")
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    above = [cell.source for cell in cells[: ids.index(grade_id)] if cell.cell_type == "markdown"]
    task = re.split(r"^## Your (?:task|turn)\b", "\n\n".join(above), flags=re.M)[-1]
    items = re.findall(r"^(?:\d+\.|-) (.*)$", task, re.M)
    assert items, f"The task of {name} has no list."
    assert all("<!-- " in item for item in items), items
    keys = {key for comment in re.findall(r"<!-- (.*?) -->", task) for key in comment.split(", ")}
    known = set(exercise(name).words.requirement)
    assert keys <= known, f"There are no such requirements: {keys - known}"
    assert known - UNSAID <= keys, f"No task names these requirements: {known - UNSAID - keys}"


def definition(source: str, name: str) -> str:
    """How a cell or a file defines a function, without its docstring."""
    found = [one for one in ast.parse(source).body if getattr(one, "name", "") == name][-1]
    assert isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef)
    if ast.get_docstring(found):
        del found.body[0]
    return ast.unparse(found)


@pytest.mark.parametrize("name", NAMES)
def test_an_exercises_cells_are_what_its_answers_say(name: str) -> None:
    """The solved notebook has the solution, the student's copy the starter, and both the check."""
    made = exercise(name)
    solved = NOTEBOOKS / "solutions" / made.notebook
    students = nbformat.read(students_path(solved), as_version=4)
    assert students == students_copy(solved)
    grade_id = made.name.replace("_", "-")
    marked = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in students.cells}
    starter, checks = marked[grade_id], marked[f"check-{grade_id}"]
    assert (starter.metadata.nbgrader.solution, starter.metadata.nbgrader.locked) == (True, False)
    assert (checks.metadata.nbgrader.grade, checks.metadata.nbgrader.locked) == (True, True)
    assert checks.metadata.nbgrader.points == POINTS
    assert f"from exercises.{name} import check" in checks.source
    blocks = re.findall(r"```python\n(.*?)```", made.solution(reveal=True).text, re.S)
    [solution] = [block for block in blocks if f"def {made.name}(" in block]
    for cell, kind, answer in (
        (starter.source, "untouched", "starter"),
        (solution, "right", "original"),
    ):
        source = find(name, kind, answer).source
        assert definition(cell, made.name) == definition(source, made.name)


@pytest.mark.parametrize("number", ["07", "08"])
def test_a_missing_package_is_named_in_a_sentence(
    number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [path] = NOTEBOOKS.glob(f"{number}_*.ipynb")
    first = next(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code")
    [package] = re.findall(r'find_spec\("(\w+)"\)', first)
    monkeypatch.setitem(sys.modules, package, None)
    sentence = f"This lesson needs {package}: `%pip install {package}`, then restart."
    with pytest.raises(AssertionError, match=re.escape(sentence)):
        exec(first, {})
