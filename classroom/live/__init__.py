"""Read from the tracking server how far a class is: `make class` shows it in a browser.

A student's checks are kept under one parent run for each exercise, in the student's experiment *My
progress* (`exercises.engine.progress`). Only these parents are read, and nothing is kept. Whatever
a student wrote there instead is left out, or is text.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run

import exercises
from exercises.engine.progress import EXPERIMENT
from exercises.engine.words import Words, read_words
from exercises.solved import functions

STUCK = 600  # seconds without a new tick
# Seconds: what may have changed, and how often everything is read (a student's clock may be slow).
RECENT, WHOLE = 120, 60


def words() -> dict[str, Words]:
    """Return the words of each exercise by its function, in the order of the lessons."""
    known = {
        one.function: one for one in map(read_words, Path(exercises.__file__).parent.glob("*.toml"))
    }
    return {name: known[name] for name in functions()}


@dataclass
class Class:
    """All students' progress, as far as it has been read."""

    words: dict[str, Words] = field(default_factory=words)
    students: dict[str, str] = field(default_factory=dict)  # names, by the id of their experiment
    parents: dict[str, Run] = field(default_factory=dict)  # by run id
    read_all: float = 0

    def refresh(self) -> None:
        """Read what has changed in the last minutes, and now and then everything."""
        since = time.time() - RECENT
        if time.time() - self.read_all > WHOLE:
            self.read_all, since = time.time(), 0
            found = mlflow.search_experiments(filter_string=f"name LIKE '%{EXPERIMENT}'")
            self.students = {one.experiment_id: _student(one.name) for one in found}
            self.parents = {}
        if self.students:
            changed = f"metrics.checked > {since}"
            runs = mlflow.search_runs(list(self.students), changed, output_format="list")
            self.parents |= {run.info.run_id: run for run in runs}

    def state(self) -> dict[str, Any]:
        """Return what the page shows, as plain data."""
        cells: dict[str, dict[str, Any]] = {number: {} for number in self.students}
        at: Counter[tuple[str, str]] = Counter()
        for run in self.parents.values():
            name, unmet = run.data.tags.get("exercise", ""), run.data.tags.get("first_unmet", "")
            if name not in self.words or run.info.experiment_id not in cells:
                continue
            cell = _cell(run)
            if cell["state"] != "solved" and unmet in self.words[name].requirement:
                cell["at"] = self.words[name].requirement[unmet].title
                at[name, unmet] += 1
            cells[run.info.experiment_id][name] = cell
        return {
            "exercises": [[words.notebook[:2], name] for name, words in self.words.items()],
            "students": [
                {"name": name, "cells": cells[number]}
                for number, name in sorted(self.students.items(), key=lambda item: item[1])
            ],
            "class_is_at": [self._said(*key, number) for key, number in at.most_common(3)],
        }

    def _said(self, name: str, unmet: str, number: int) -> dict[str, Any]:
        requirement = self.words[name].requirement[unmet]
        said = {"title": requirement.title, "hint": requirement.hints[0]}
        return {"exercise": name, "students": number, **said}


def _student(experiment: str) -> str:
    return experiment.removesuffix(EXPERIMENT).strip("-") or "(no prefix)"


def _cell(run: Run) -> dict[str, Any]:
    """Return what is shown of one student and exercise."""
    solved, now = "solved_after" in run.data.metrics, time.time()
    minutes = max(0, (now - _number(run, "ticked")) // 60)
    stuck = minutes * 60 >= STUCK
    return {
        "state": "solved" if solved else "stuck" if stuck else "trying",
        "attempts": int(_number(run, "solved_after" if solved else "attempts")),
        "minutes": int(min(minutes, 999)),
    }


def _number(run: Run, name: str) -> float:
    """Return a metric; 0 for what is no number that a clock or a counter has."""
    value = run.data.metrics.get(name, 0.0)
    return value if math.isfinite(value) and 0 <= value < 1e12 else 0.0
