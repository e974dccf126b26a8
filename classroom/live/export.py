"""Write what a class did to a folder: a table, and a page with pictures for the instructor.

`make class EXPORT=folder` asks the tracking server once and ends. Neither the table nor the page
contains any of the students' code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.entities import Run

from classroom.live import progress_experiments, student_of
from classroom.pictures import bars, page
from classroom.spreadsheet import inert
from exercises.catalogue import EXERCISES
from helpers.read_runs import PARENT_TAG

TABLE, PAGE = "class.csv", "class.html"
_COLUMNS = ["student", "exercise", "first_unmet", "met", "hints", "minute"]


def export(folder: Path, roster: Sequence[str] = (), *, names: bool = True) -> str:
    """Write the table and the page; return a sentence that says where they are.

    Args:
        folder: is created if it does not exist. The files of an earlier export are replaced.
        roster: the names of all students. Those who have not begun are in the table as well.
        names: write the students' names. Otherwise, students are numbered.
    """
    checks = read_checks()
    students = sorted({*checks["student"], *roster}, key=str.casefold)
    shown = {name: name if names else f"student {n}" for n, name in enumerate(students, start=1)}
    checks["student"] = checks["student"].map(shown)
    table = summarize(checks).set_index("student")
    not_begun = pd.DataFrame(index=[name for name in shown.values() if name not in table.index])
    table = pd.concat([table, not_begun]).rename_axis("student").reset_index()
    table = table.astype(
        dict.fromkeys(["attempts", "minutes", "hints"], "Int64")
    )  # whole, or missing
    folder.mkdir(parents=True, exist_ok=True)
    table.map(lambda value: inert(value) if isinstance(value, str) else value).to_csv(
        folder / TABLE, index=False, encoding="utf-8-sig"
    )
    summary = f"{len(students)} students, {len(not_begun)} of them not begun. {len(checks)} checks."
    (folder / PAGE).write_text(page("After class", summary, draw(checks)), encoding="utf-8")
    return f"{folder / TABLE} has a row for each student and exercise. Open {folder / PAGE}."


def read_checks() -> pd.DataFrame:
    """Return a row for each check that a student has made, the oldest first."""
    students = {known.experiment_id: student_of(known) for known in progress_experiments()}
    runs: list[Run] = []
    if students:  # else MLflow would search the active experiment
        order = ["attributes.start_time"]
        runs = mlflow.search_runs(
            [*students], order_by=order, max_results=1_000_000, output_format="list"
        )
    exercises = {run.info.run_id: run.data.tags.get("exercise", "") for run in runs}
    rows = []
    for run in runs:
        exercise = exercises.get(run.data.tags.get(PARENT_TAG, ""), "")
        if exercise in EXERCISES:
            counts = [run.data.metrics.get(name, 0) for name in ("requirements_met", "hints_used")]
            first_unmet, minute = run.data.tags.get("first_unmet", ""), run.info.start_time / 60_000
            rows.append([students[run.info.experiment_id], exercise, first_unmet, *counts, minute])
    return pd.DataFrame(rows, columns=_COLUMNS)


def summarize(checks: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each student and exercise: attempts, minutes, hints, the first unmet.

    Args:
        checks: as `read_checks` returns them. Minutes count from the first check to the last one.
    """
    groups = checks.groupby(["student", "exercise"])
    return groups.agg(
        attempts=("met", "size"),
        minutes=("minute", lambda minute: round(minute.max() - minute.min())),
        hints=("hints", "max"),
        first_unmet=("first_unmet", "last"),
    ).reset_index()


def draw(checks: pd.DataFrame) -> list[str]:
    """Return the pictures for the instructor, as HTML.

    Args:
        checks: as `read_checks` returns them.
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
    return [
        bars(
            title,
            [": ".join(pair) for pair in zip(rows["exercise"], rows["first_unmet"], strict=True)],
        )
        for title, rows in parts.items()
    ]
