"""Every numbered task of an exercise is checked: a requirement's title says what it asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import nbformat
import pytest

from classroom.submission import EXERCISES
from helpers.exercises.exercise import SOLVED, Exercise

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.notebook)


def tasks(exercise: Exercise) -> list[str]:
    """The numbered items of the exercise's tasks: in the last such list before the starter."""
    notebook = nbformat.read(SOLVED / exercise.notebook, as_version=4)
    starter = next(
        n for n, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("solution")
    )
    texts = [c.source for c in notebook.cells[:starter] if c.cell_type == "markdown"]
    lists = [re.findall(r"^\d+\. (.*)$", text, re.MULTILINE) for text in texts]
    return next((found for found in reversed(lists) if found), [])


def unchecked(asked: Sequence[str], titles: Sequence[str]) -> list[str]:
    """The tasks for whose bold names no requirement's title has the name."""

    def checked(task: str) -> bool:
        names = re.findall(r"\*\*`([^`]+)`\*\*", task)
        return bool(names) and all(any(f"`{n}`" in title for title in titles) for n in names)

    return [task for task in asked if not checked(task)]


@each_exercise
def test_every_task_has_a_requirement(exercise: Exercise) -> None:
    titles = [requirement.title for requirement in exercise.requirements]
    left = unchecked(tasks(exercise), titles)
    assert not left, (
        f"No requirement of {exercise.notebook} has in its title what is bold code in: {left}. "
        "docs/CONTRIBUTING.md, A new task or exercise, says how to write one."
    )


def test_the_challenge_has_its_three_tasks() -> None:
    (challenge,) = [e for e in EXERCISES if e.notebook.startswith("05_")]
    assert len(tasks(challenge)) == 3


def test_a_task_that_nothing_checks_is_found() -> None:
    titles = ["`best_metric1` on the parent run is the lowest `metric1`"]
    task = "The parent run logs the run id of that child run as a tag named **`best_run_id`**."
    nameless = "The parent run says more."
    known = "Each parent run logs **`best_metric1`**."
    assert unchecked([known, task, nameless], titles) == [task, nameless]
