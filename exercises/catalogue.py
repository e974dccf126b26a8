"""All exercises, by the functions that students write, in the order of the lessons."""

from importlib import import_module
from pathlib import Path

from exercises.engine import Exercise
from exercises.solved import functions

_files = Path(__file__).parent.glob("*.toml")
_made = [import_module(f"exercises.{file.stem}").exercise for file in _files]
EXERCISES: dict[str, Exercise] = {
    name: one for name in functions() for one in _made if one.name == name
}
