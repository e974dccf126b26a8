"""Answers to the exercises: right and wrong ones.

Each exercise has a folder. `right/` holds a file for each answer, beside the solution of the
notebook, which is called "original". `answers.toml` has the wrong ones, and right ones that differ
from another one by a line or three: it says which answer they are made from (`on`, "original" if
nothing is said) and what is replaced by what. A wrong answer without edits is a file in `wrong/`.
What the lesson defines above its exercise stands above each answer. Untouched notebooks go through
`make grade`.
"""

from __future__ import annotations

import linecache
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from classroom.grading.cells import needed, read
from exercises.engine import Exercise
from exercises.engine.judging import Result
from exercises.engine.report import Report
from exercises.solved import SOLVED, is_starter

ANSWERS = Path(__file__).parent
NAMES = sorted(folder.name for folder in ANSWERS.iterdir() if (folder / "answers.toml").exists())


@dataclass(frozen=True)
class Answer:
    """One answer, and what the check has to say of it."""

    exercise: str
    kind: str  # right or wrong
    name: str
    source: str
    caught_by: str = ""  # key of the first unmet requirement
    says: str = ""  # a part of the message
    cause: str = ""  # the cause that the report names, if it is sure of one

    @property
    def file_name(self) -> str:
        """What a traceback calls it."""
        return f"<{self.exercise} {self.kind} {self.name}>"

    def function(self) -> Any:
        """Return the function that it defines."""
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.file_name] = (len(self.source), None, lines, self.file_name)
        names: dict[str, Any] = {"__name__": self.name}
        exec(compile(self.source, self.file_name, "exec"), names)
        return names[exercise(self.exercise).name]


def exercise(name: str) -> Exercise:
    """Return an exercise.

    Args:
        name: of its module in `exercises`.
    """
    found: Exercise = import_module(f"exercises.{name}").exercise
    return found


def report(name: str, met: int) -> Report:
    """Return a report in which so many requirements are met, the first ones.

    Args:
        name: of the exercise's module.
        met: how many.
    """
    keys = enumerate(exercise(name).words.requirement)
    return Report(tuple(Result(key, key, number < met) for number, key in keys))


@cache
def in_the_lesson(name: str) -> tuple[str, str]:
    """Return what the solved notebook defines above an exercise, and its solution.

    Args:
        name: of the exercise's module.
    """
    made = exercise(name)
    sources = read(SOLVED / made.notebook)
    solution = max(n for n, source in enumerate(sources) if f"def {made.name}(" in source)
    cells = needed(sources[: solution + 1], made.notebook, [made.name])
    *above, last = (cell.source for cell in cells if not is_starter(cell.source, made.name))
    return "\n\n\n".join([*above, ""]), f"{last}\n"


def answers(name: str) -> Iterator[Answer]:
    """Go through the answers to an exercise.

    Args:
        name: of its module in `exercises`.
    """
    folder = ANSWERS / name
    told = tomllib.loads((folder / "answers.toml").read_text(encoding="utf-8"))
    above, original = in_the_lesson(name)
    written = {path: path.read_text(encoding="utf-8") for path in folder.glob("*/*.py")}
    written[folder / "right" / "original.py"] = original
    for kind in ("right", "wrong"):
        entries = told.get(kind, {})
        files = {path.stem for path in written if path.parent.name == kind}
        for one in sorted(files | set(entries)):
            said = SimpleNamespace(**{"edits": [], "on": "original"} | entries.get(one, {}))
            base = f"{kind}/{one}.py" if one in files else f"right/{said.on}.py"
            parts = [written[folder / base], above]
            for old, new in said.edits:
                found = [old in part for part in parts]
                assert any(found), f"{name}/answers.toml: {one}: {base} has no {old!r}"
                place = found.index(True)  # in the answer itself, if it is there
                parts[place] = parts[place].replace(old, new)
            source = "".join(reversed(parts))
            words = {key: getattr(said, key, "") for key in ("caught_by", "says", "cause")}
            yield Answer(name, kind, one, source, **words)


def chosen(name: str) -> list[Answer]:
    """Return an exercise's solution, two other right answers, and three with different mistakes.

    Args:
        name: of the exercise's module.
    """
    found = sorted(answers(name), key=lambda one: one.name != "original")
    right = [one for one in found if one.kind == "right"][:3]
    last = [*exercise(name).words.requirement][-3:]
    return right + [next(one for one in found if one.caught_by == key) for key in last]


def find(name: str, kind: str, one: str) -> Answer:
    """Return one answer.

    Args:
        name: of the exercise's module.
        kind: right or wrong.
        one: the answer's name.
    """
    return next(found for found in answers(name) if (found.kind, found.name) == (kind, one))


def answer(name: str, kind: str, one: str) -> Any:
    """Return the function of one answer.

    Args:
        name: of the exercise's module.
        kind: right or wrong.
        one: the answer's name.
    """
    return find(name, kind, one).function()
