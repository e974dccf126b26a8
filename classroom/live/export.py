"""Write what a class did to a folder: tables, and a page with pictures for the instructor.

`make class EXPORT=folder` asks the tracking server once and ends. Neither the tables nor the page
contain any of the students' code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.entities import Run

from classroom.live import CHOICES, QUESTIONS, progress_experiments, student_of
from classroom.pictures import bars, page
from classroom.spreadsheet import inert
from exercises.catalogue import EXERCISES
from helpers.read_runs import PARENT_TAG

SUMMARY, CHECKS, ANSWERS, PAGE = "class.csv", "checks.csv", "answers.csv", "class.html"
_CHECK = ["student", "lesson", "exercise", "first_unmet", "met", "hints", "minute"]
_ANSWER = ["student", "lesson", "question", "choice", "right"]


def export(
    folder: Path,
    roster: Sequence[str] = (),
    *,
    names: bool = True,
    earlier: Sequence[Path] = (),
) -> str:
    """Write the tables and the page; return a sentence that says where they are.

    Args:
        folder: is created if it does not exist. The files of an earlier export are replaced.
        roster: the names of all students. Those who have not begun are in the table as well.
        names: write the students' names. Otherwise, students are numbered.
        earlier: folders of earlier exports. The pictures show their classes as well.

    Raises:
        FileNotFoundError: there is no export in a folder of `earlier`.
    """
    others = [_read_export(other) for other in earlier]
    checks, answers = read_class()
    students = sorted({*checks["student"], *answers["student"], *roster}, key=str.casefold)
    shown = {name: name if names else f"student {n}" for n, name in enumerate(students, start=1)}
    for table in (checks, answers):
        table["student"] = table["student"].map(shown)
    summary = summarize(checks, answers)
    not_begun = [name for name in shown.values() if name not in set(summary["student"])]
    summary = pd.concat([summary, pd.DataFrame({"student": not_begun})])
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in ((SUMMARY, summary), (CHECKS, checks), (ANSWERS, answers)):
        safe = table.map(lambda value: inert(value) if isinstance(value, str) else value)
        safe.to_csv(folder / name, index=False, encoding="utf-8-sig")
    text = f"{len(students)} students, {len(not_begun)} of them not begun. {len(checks)} checks."
    if others:
        text += f" Earlier classes in the pictures: {len(others)}."
    drawn = [
        pd.concat(tables, ignore_index=True)
        for tables in zip((checks, answers), *others, strict=True)
    ]
    (folder / PAGE).write_text(page("After class", text, draw(*drawn)), encoding="utf-8")
    return f"{folder / SUMMARY} has a row for each student and exercise. Open {folder / PAGE}."


def _read_export(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the checks and answers of an earlier export, with students nobody else is taken for."""
    tables = []
    for name in (CHECKS, ANSWERS):
        try:
            table = pd.read_csv(folder / name, keep_default_na=False, encoding="utf-8-sig")
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{folder / name} is missing. Name folders that make class EXPORT=... has written."
            ) from None
        table["student"] = f"{folder}: " + table["student"].astype(str)
        tables.append(table)
    return tables[0], tables[1]


def read_class() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a row for each check that a student has made, oldest first, and for each answer."""
    students = {known.experiment_id: student_of(known) for known in progress_experiments()}
    runs: list[Run] = []
    if students:  # else MLflow would search the active experiment
        order = ["attributes.start_time"]
        runs = mlflow.search_runs(
            [*students], order_by=order, max_results=1_000_000, output_format="list"
        )
    exercises = {run.info.run_id: run.data.tags.get("exercise", "") for run in runs}
    checks, answers = [], []
    for run in runs:
        student, tags = students[run.info.experiment_id], run.data.tags
        exercise = exercises.get(tags.get(PARENT_TAG, ""), "")
        if exercise in EXERCISES:
            lesson = EXERCISES[exercise].notebook[:2]
            counts = [run.data.metrics.get(name, 0) for name in ("requirements_met", "hints_used")]
            minute = run.info.start_time / 60_000
            unmet = tags.get("first_unmet", "")
            checks.append([student, lesson, exercise, unmet, *counts, minute])
        for answer in sorted(tags.items() & CHOICES.keys()):
            name, choice = CHOICES[answer]
            answers.append([student, QUESTIONS[name].page[:2], name, choice.text, choice.right])
    return pd.DataFrame(checks, columns=_CHECK), pd.DataFrame(answers, columns=_ANSWER)


def summarize(checks: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each student and exercise, with the predictions of its lesson.

    Args:
        checks: as `read_class` returns them. Minutes count from the first check to the last one.
        answers: as `read_class` returns them.
    """
    tried = checks.groupby(["student", "lesson", "exercise"]).agg(
        attempts=("met", "size"),
        minutes=("minute", lambda minute: round(minute.max() - minute.min())),
        hints=("hints", "max"),
        first_unmet=("first_unmet", "last"),
    )
    predicted = answers.groupby(["student", "lesson"])["right"].agg(["sum", "size"]).astype(str)
    predictions = (predicted["sum"] + " of " + predicted["size"]).rename("predictions")
    table = tried.reset_index().merge(
        predictions.reset_index(), on=["student", "lesson"], how="outer"
    )
    whole = dict.fromkeys(["attempts", "minutes", "hints"], "Int64")  # whole, or missing
    return table.astype(whole)


def draw(checks: pd.DataFrame, answers: pd.DataFrame) -> list[str]:
    """Return the pictures for the instructor, as HTML.

    Args:
        checks: as `read_class` returns them.
        answers: as `read_class` returns them.
    """
    unmet = checks[checks["first_unmet"] != ""]
    later = checks.groupby(["student", "exercise"]).shift(-1)
    read = unmet[(later["hints"] > checks["hints"]).reindex(unmet.index)]
    parts = {
        "Which requirement cost the most attempts?": unmet,
        "For which requirement were hints read?": read,
        "After which hints did the next check get further?": read[
            (later["met"] > checks["met"]).reindex(read.index)
        ],
    }
    pictures = [
        bars(title, map(_title, rows["exercise"], rows["first_unmet"]))
        for title, rows in parts.items()
    ]
    return [*pictures, "<h2>Which predictions split the class?</h2>", *_split(answers)]


def _title(exercise: str, unmet: str) -> str:
    """Return a requirement in words, after its exercise."""
    known = EXERCISES[exercise].words.requirement.get(unmet)
    return f"{exercise}: {known.title if known else unmet}"


def _split(answers: pd.DataFrame) -> list[str]:
    """Draw the answers to the three questions whose most frequent answer has the smallest share."""
    votes = answers.groupby("question")["choice"]
    shares = votes.agg(lambda choices: choices.value_counts(normalize=True).iloc[0])
    drawn = []
    for name in shares[shares < 1].sort_values().index[:3]:
        title = f"Lesson {QUESTIONS[name].page[:2]}: {QUESTIONS[name].question}"
        drawn.append(bars(title, votes.get_group(name), "h3"))
    return drawn or ["<p>None.</p>"]
