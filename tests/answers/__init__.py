"""Answers to the exercises, one small file each: those that are right, wrong, and untouched.

A folder an exercise, with the name of its file in helpers/exercises. A wrong answer says in its
first lines which requirement catches it and what the report then has to say; all that is not its
mistake is imported from `parts`.
"""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path

from helpers.exercises.exercise import Exercise

ANSWERS = Path(__file__).parent
EXERCISES: dict[str, Exercise] = {
    folder.name: import_module(f"helpers.exercises.{folder.name}").EXERCISE
    for folder in sorted(ANSWERS.iterdir())
    if (folder / "right").is_dir()
}


def answer(path: Path, name: str = "execute_tuning") -> object:
    """Return the function that a file defines."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)
