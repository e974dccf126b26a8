"""Every task of an exercise is checked: tests/tasks.toml names the requirements that check it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
import pytest

from classroom.submission import EXERCISES
from helpers.exercises import find_runs
from helpers.exercises.exercise import SOLVED, Exercise

CHECKED_BY = tomllib.loads(Path(__file__).with_name("tasks.toml").read_text(encoding="utf-8"))
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.notebook)


def tasks(exercise: Exercise) -> list[str]:
    """The items, numbered or not, of the cells under *Your task* or *Your turn*."""
    cells = nbformat.read(SOLVED / exercise.notebook, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    asking = [text for text in texts if re.search(r"^## Your (task|turn)\b", text, re.MULTILINE)]
    after = [re.split(r"^## Your (?:task|turn)\b", text, flags=re.M)[1] for text in asking]
    return [item for text in after for item in re.findall(r"^(?:\d+\.|-) (.*)$", text, re.M)]


def unchecked(
    asked: Sequence[str], checked_by: Mapping[str, Sequence[str]], known: Sequence[str]
) -> list[str]:
    """The tasks for which no requirement is named, or one that there is not."""
    checked = tuple(
        task for task, keys in checked_by.items() if keys and all(key in known for key in keys)
    )
    return [task for task in asked if not task.startswith(checked)]


@each_exercise
def test_every_task_has_a_requirement(exercise: Exercise) -> None:
    asked, keys = tasks(exercise), [requirement.key for requirement in exercise.requirements]
    assert asked, f"{exercise.notebook} has no list under '## Your task' or '## Your turn'."
    lesson = CHECKED_BY.get(Path(exercise.notebook).stem, {})
    left = unchecked(asked, lesson, keys)
    assert not left, (
        f"No requirement checks these tasks of {exercise.notebook}: {left}. Write one, and name it "
        f"in tests/tasks.toml (docs/CONTRIBUTING.md, A new task or exercise). There are: {keys}"
    )
    gone = [task for task in lesson if not any(item.startswith(task) for item in asked)]
    assert not gone, f"tests/tasks.toml names tasks that {exercise.notebook} has not: {gone}"


def test_a_task_that_nothing_checks_is_found() -> None:
    asked = ["The parent run logs one.", "The parent run logs two.", "It logs three."]
    checked_by = {"The parent run logs one": ["logs_one"], "It logs three": ["misspelt"]}
    assert unchecked(asked, checked_by, ["logs_one"]) == asked[1:]


def test_find_runs_is_called_with_such_identifiers_as_its_task_names() -> None:
    cells = nbformat.read(SOLVED / find_runs.EXERCISE.notebook, as_version=4).cells
    (task,) = [cell.source for cell in cells if cell.id == "exercise"]
    assert "letters, underscores, spaces and apostrophes" in task
    assert all(re.fullmatch(r"[a-zA-Z_ ']+", ident) for ident in find_runs.SEARCHES)
    for mark in "_ '":
        assert any(mark in ident for ident in find_runs.SEARCHES)
