"""Read the answers to the exercises, right and wrong ones, from `exercises/NAME/answers/`.

`right/` holds a file for each answer; the solution of the notebook is called "original".
`answers.toml` has the wrong ones, and right ones that differ from another one by a line or three:
`on` names the answer that one is made from (by default "original"), `edits` what is replaced by
what. A wrong answer without edits is a file in `wrong/`. What the lesson defines above its exercise
stands above each answer.
"""

from __future__ import annotations

import linecache
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import exercises
from classroom.grading.select_cells import read_sources, select_cells
from exercises import attempt_log
from exercises.engine import Exercise
from exercises.engine.report import Report, Result
from exercises.solved_notebooks import SOLVED, is_starter

EXERCISES = Path(exercises.__file__).parent
NAMES = sorted(path.parents[1].name for path in EXERCISES.glob("*/answers/answers.toml"))


@dataclass(frozen=True)
class Answer:
    """One answer, and what the check has to say of it."""

    exercise: str
    kind: str  # right, wrong or untouched
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
    """Return an exercise by the name of its folder."""
    return import_module(f"exercises.{name}").exercise


def report(name: str, met: int) -> Report:
    """Return a report in which only the first requirements are met, so many of them."""
    keys = enumerate(exercise(name).words.requirement)
    return Report(tuple(Result(key, key, number < met) for number, key in keys))


def keep_attempt(met: int, name: str = "nest", hints: int = 0) -> None:
    """Keep a check that met only the first requirements, so many of them, after some hints."""
    attempt = exercise(name).attempt(report(name, met), seconds=1.5)
    attempt_log.keep(replace(attempt, hints_used=hints), os.environ["MLFLOW_TRACKING_URI"])


@cache
def in_the_lesson(name: str) -> tuple[str, str]:
    """Return what the solved notebook defines above an exercise, and its solution."""
    function, notebook = exercise(name).name, exercise(name).notebook
    sources = read_sources(SOLVED / notebook)
    solution = max(n for n, source in enumerate(sources) if f"def {function}(" in source)
    cells = select_cells(sources[: solution + 1], notebook, [function])
    *above, last = (cell.source for cell in cells if not is_starter(cell.source, function))
    return "\n\n\n".join([*above, ""]), f"{last}\n"


def answers(name: str) -> Iterator[Answer]:
    """Generate the answers to an exercise, right ones first."""
    folder = EXERCISES / name / "answers"
    entries = tomllib.loads((folder / "answers.toml").read_text(encoding="utf-8"))
    above, original = in_the_lesson(name)
    files = {"right/original": original} | {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in folder.glob("*/*.py")
    }
    for kind in ("right", "wrong"):
        listed = {f"{kind}/{key}": entry for key, entry in entries.get(kind, {}).items()}
        for path in sorted(listed | {path: {} for path in files if path.startswith(kind)}):
            entry = listed.get(path, {})
            base = path if path in files else f"right/{entry.get('on', 'original')}"
            parts = [files[base], above]
            for old, new in entry.get("edits", []):
                place = next((n for n, part in enumerate(parts) if old in part), None)
                assert place is not None, f"{folder}: {path}: {base} has no {old!r}"
                parts[place] = parts[place].replace(old, new)
            words = {key: entry.get(key, "") for key in ("caught_by", "says", "cause")}
            yield Answer(name, kind, path.rpartition("/")[2], parts[1] + parts[0], **words)


def untouched(name: str) -> Answer:
    """Return what stands in a student's copy, as if it were an answer."""
    function, notebook = exercise(name).name, exercise(name).notebook
    sources = read_sources(SOLVED / notebook)
    starter = next(source for source in sources if is_starter(source, function))
    return Answer(name, "untouched", "starter", in_the_lesson(name)[0] + starter)


def chosen(name: str) -> list[Answer]:
    """Return an exercise's solution, two other right answers, and three with different mistakes."""
    ordered = sorted(answers(name), key=lambda answer: answer.name != "original")
    right = [answer for answer in ordered if answer.kind == "right"][:3]
    last = [*exercise(name).words.requirement][-3:]
    return right + [next(a for a in ordered if a.caught_by == key) for key in last]


def find(name: str, kind: str, answer_name: str) -> Answer:
    """Return one answer."""
    return next(a for a in answers(name) if (a.kind, a.name) == (kind, answer_name))


def answer(name: str, kind: str, answer_name: str) -> Any:
    """Return the function of one answer."""
    return find(name, kind, answer_name).function()
