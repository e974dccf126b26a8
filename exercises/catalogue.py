"""Collect all exercises by the functions that students write, in the order of the lessons."""

from importlib import import_module
from pathlib import Path

from exercises.engine import Exercise
from exercises.solved_notebooks import functions

_files = Path(__file__).parent.glob("*/words.toml")
_exercises = [import_module(f"exercises.{file.parent.name}").exercise for file in _files]
EXERCISES: dict[str, Exercise] = {
    name: exercise for name in functions() for exercise in _exercises if exercise.name == name
}
