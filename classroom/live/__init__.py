"""Read from the tracking server how far a class is: `make class` shows it in a browser.

A student's checks are kept under one parent run for each exercise, in the student's experiment *My
progress* (`exercises.engine.progress`). Only these parents are read, and nothing is kept. Whatever
a student wrote there instead is left out, or is text.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run

import exercises
from exercises.engine.progress import EXPERIMENT
from exercises.engine.words import Words, load
from exercises.solved import functions

STUCK = 10  # minutes without a new tick


def words() -> dict[str, Words]:
    """Return the words of each exercise by its function, in the order of the lessons."""
    known = {one.function: one for one in map(load, Path(exercises.__file__).parent.glob("*.toml"))}
    return {name: known[name] for name in functions()}


def state(words: Mapping[str, Words]) -> dict[str, Any]:
    """Read how far a class is; return what the page shows, as plain data.

    Args:
        words: of each exercise.
    """
    found = mlflow.search_experiments(filter_string=f"name LIKE '%{EXPERIMENT}'")
    cells: dict[str, dict[str, Any]] = {one.experiment_id: {} for one in found}
    at: Counter[tuple[str, str]] = Counter()
    for run in _parents([*cells]):
        name, unmet = run.data.tags.get("exercise", ""), run.data.tags.get("first_unmet", "")
        if name not in words:
            continue
        cell = cells[run.info.experiment_id][name] = _cell(run)
        if cell["state"] != "solved" and unmet in words[name].requirement:
            cell["at"] = words[name].requirement[unmet].title
            at[name, unmet] += 1
    students = [{"name": _student(one.name), "cells": cells[one.experiment_id]} for one in found]
    return {
        "exercises": [[one.notebook[:2], name] for name, one in words.items()],
        "students": sorted(students, key=itemgetter("name")),
        "class_is_at": [
            _said(words[name], unmet, number) for (name, unmet), number in at.most_common(3)
        ],
    }


def _parents(experiment_ids: list[str]) -> list[Run]:
    if not experiment_ids:  # MLflow would take the active one
        return []
    return mlflow.search_runs(experiment_ids, "metrics.checked > 0", output_format="list")


def _said(words: Words, unmet: str, number: int) -> dict[str, Any]:
    requirement = words.requirement[unmet]
    said = {"title": requirement.title, "hint": requirement.hints[0]}
    return {"exercise": words.function, "students": number, **said}


def _student(experiment: str) -> str:
    return experiment.removesuffix(EXPERIMENT).strip("-") or "(no prefix)"


def _cell(run: Run) -> dict[str, Any]:
    """Return what is shown of one student and exercise."""
    solved = "solved_after" in run.data.metrics
    minutes = int(max(0, min(time.time() - _number(run, "ticked"), 60_000)) // 60)
    return {
        "state": "solved" if solved else "stuck" if minutes >= STUCK else "trying",
        "attempts": int(_number(run, "solved_after" if solved else "attempts")),
        "minutes": minutes,
    }


def _number(run: Run, name: str) -> float:
    """Return a metric; 0 for what no clock and no counter has, such as NaN."""
    value = run.data.metrics.get(name, 0.0)
    return value if 0 <= value < 1e12 else 0.0
