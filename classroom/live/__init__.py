"""Read from the tracking server how far a class is. `make class` shows it in a browser.

A student's checks are child runs of one parent run per exercise, in the student's experiment *My
progress* (`exercises.attempt_log`). One more parent run has the answers to predictions. This
module reads only the parent runs, and stores nothing. Anything else that a student wrote there is
left out, or is shown as plain text. `pairs` reads the experiment that the class does together, and
`export` reads the child runs as well.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import mlflow
from mlflow.entities import Experiment, Run

from classroom.live.sampler_pairs import read_pairs
from exercises.attempt_log import EXPERIMENT
from exercises.catalogue import EXERCISES
from exercises.predictions.answer_log import FIRST
from exercises.predictions.questions import all_questions

QUESTIONS = all_questions()
CHOICES = {  # by the tag that has a student's answer, and the answer
    (FIRST + name, choice.text): (name, choice)
    for name, question in QUESTIONS.items()
    for choice in question.choice
}
STUCK = 10  # minutes without a new tick


def state(roster: Sequence[str] = ()) -> dict[str, Any]:
    """Read how far a class is; return the data for the page.

    Args:
        roster: the names of all students; empty if there is no list.
    """
    experiments = progress_experiments()
    cells: dict[str, dict[str, Any]] = {experiment.experiment_id: {} for experiment in experiments}
    at: Counter[tuple[str, str, str]] = Counter()
    votes: Counter[tuple[str, str]] = Counter()
    for run in _checked([*cells]):
        votes.update(run.data.tags.items() & CHOICES.keys())
        name, unmet = run.data.tags.get("exercise", ""), run.data.tags.get("first_unmet", "")
        if name not in EXERCISES:
            continue
        cell = cells[run.info.experiment_id][name] = _cell(run)
        requirement = EXERCISES[name].words.requirement.get(unmet)
        if requirement and cell["state"] != "solved":
            cell["at"] = requirement.title
            at[name, requirement.title, requirement.hints[0]] += 1
    students = [
        {"name": student_of(experiment), "cells": cells[experiment.experiment_id]}
        for experiment in experiments
    ]
    return {
        "exercises": [[exercise.notebook[:2], name] for name, exercise in EXERCISES.items()],
        **_by_roster(sorted(students, key=itemgetter("name")), roster),
        "class_is_at": at.most_common(3),
        "questions": _questions(votes),
        "pairs": read_pairs(),
    }


def _questions(votes: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return each question that somebody has answered, with the number of answers per choice."""
    return [
        {
            "name": f"{question.page[:2]} {name}",
            "question": question.question,
            "votes": [
                [choice.text, votes[FIRST + name, choice.text]] for choice in question.choice
            ],
        }
        for name, question in QUESTIONS.items()
        if any(votes[FIRST + name, choice.text] for choice in question.choice)
    ]


def _by_roster(students: list[dict[str, Any]], roster: Sequence[str]) -> dict[str, Any]:
    """Return a row for each name on the roster, and the students who are not on it apart.

    A name that has several prefixes on the server, such as `ada-` and `Ada-`, has a row for each.
    """
    if not roster:
        return {"students": students, "not_listed": [], "roster": False}
    rows: dict[str, list[dict[str, Any]]] = {name.casefold(): [] for name in roster}
    not_listed: list[dict[str, Any]] = []
    for student in students:
        rows.get(student["name"].casefold(), not_listed).append(student)
    listed = [rows[name.casefold()] or [{"name": name, "cells": {}}] for name in roster]
    return {"students": [*chain(*listed)], "not_listed": not_listed, "roster": True}


def progress_experiments() -> list[Experiment]:
    """Return the experiment *My progress* of each student who has begun."""
    return mlflow.search_experiments(filter_string=f"name LIKE '%{EXPERIMENT}'")


def _checked(experiment_ids: list[str]) -> list[Run]:
    """Return the parent runs of exercises that have been checked."""
    if not experiment_ids:  # else MLflow would search the active experiment
        return []
    return mlflow.search_runs(experiment_ids, "metrics.checked > 0", output_format="list")


def student_of(experiment: Experiment) -> str:
    """Return a student's name, which is the prefix of the experiment's."""
    return experiment.name.removesuffix(EXPERIMENT).strip("-") or "(no prefix)"


def _cell(run: Run) -> dict[str, Any]:
    """Return the data for one student and one exercise."""
    solved = "solved_after" in run.data.metrics
    minutes = int(max(0, min(time.time() - _number(run, "ticked"), 60_000)) // 60)
    return {
        "state": "solved" if solved else "stuck" if minutes >= STUCK else "trying",
        "attempts": int(_number(run, "solved_after" if solved else "attempts")),
        "minutes": minutes,
    }


def _number(run: Run, name: str) -> float:
    """Return a metric, or 0 if its value makes no sense, such as NaN."""
    value = run.data.metrics.get(name, 0.0)
    return value if 0 <= value < 1e12 else 0.0
