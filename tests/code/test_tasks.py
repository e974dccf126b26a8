"""What an exercise's cells in the lesson say, against its words."""

from __future__ import annotations

import re

import pytest

from tests.answers import NAMES, exercise
from tests.submissions import above_starter

# What every function must do; no task has to say it.
UNSAID = {"accepts_arguments", "runs_to_its_end", "logs_here", "changes_nothing_else"}


@pytest.mark.parametrize("name", NAMES)
def test_a_task_names_in_comments_what_checks_it(name: str) -> None:
    checked = exercise(name)
    above = above_starter(checked.name)
    text = "\n\n".join(cell.source for cell in above if cell.cell_type == "markdown")
    task = re.split(r"^## Your (?:task|turn)\b", text, flags=re.M)[-1]
    items = re.findall(r"^(?:\d+\.|-) (.*)$", task, re.M)
    assert items, f"The task of {name} has no list."
    assert all("<!-- " in item for item in items), items
    keys = {key for comment in re.findall(r"<!-- (.*?) -->", task) for key in comment.split(", ")}
    assert keys - UNSAID == set(checked.words.requirement) - UNSAID
