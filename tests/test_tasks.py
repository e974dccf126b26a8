"""Each task in a lesson names, in a comment behind it, the requirements that check it."""

from __future__ import annotations

import re

import nbformat
import pytest

from exercises.engine.solved import SOLVED
from tests.answers import NAMES, exercise

# What every function must do; no task has to say it.
UNSAID = {"accepts_arguments", "runs_to_its_end", "logs_here", "changes_nothing_else"}


def task(name: str) -> str:
    """The text of the task, above the exercise's starter cell."""
    cells = nbformat.read(SOLVED / exercise(name).notebook, as_version=4).cells
    grade_id = exercise(name).name.replace("_", "-")
    starter = next(
        number
        for number, cell in enumerate(cells)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    above = "\n\n".join(cell.source for cell in cells[:starter] if cell.cell_type == "markdown")
    return re.split(r"^## Your (?:task|turn)\b", above, flags=re.M)[-1]


@pytest.mark.parametrize("name", NAMES)
def test_every_task_names_what_checks_it(name: str) -> None:
    items = re.findall(r"^(?:\d+\.|-) (.*)$", task(name), re.M)
    unnamed = [item for item in items if "<!-- " not in item]
    assert items, f"The task of {name} has no list."
    assert not unnamed, f"These have no comment that names requirements: {unnamed}"
    comments = re.findall(r"<!-- (.*?) -->", task(name))
    keys = {key for comment in comments for key in comment.split(", ")}
    known = set(exercise(name).words.requirement)
    assert keys <= known, f"There are no such requirements: {keys - known}"
    assert known - UNSAID <= keys, f"No task names these requirements: {known - UNSAID - keys}"
