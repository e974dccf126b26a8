"""Keep each check as a child run in the experiment *My progress*, under a parent for its exercise.

The parent keeps its best child's result, as lesson 05 teaches it: a reader needs the parents
alone. Nothing of the student's code is kept. `COURSE_PROGRESS=off` keeps nothing.
"""

import os
import time
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException

from exercises.engine.calling import silently
from exercises.engine.report import Report
from exercises.engine.words import Words
from helpers.tracking import connect

EXPERIMENT = "My progress"


def keep(words: Words, report: Report, **numbers: float) -> None:
    """Log a check; *My progress* is the active experiment afterwards.

    Args:
        words: of the exercise.
        report: what the check found.
        **numbers: what else is kept of it.
    """
    if os.environ.get("COURSE_PROGRESS") == "off":
        return
    try:
        with silently():
            _log(words, report, numbers)
    except MlflowException as error:  # the check counts all the same
        print(f"{EXPERIMENT!r} lacks this check: {error.message.splitlines()[0]}")


def _log(words: Words, report: Report, numbers: dict[str, float]) -> None:
    connect(EXPERIMENT)
    name, unmet = words.function, report.first_unmet
    said = {"state": report.state, "first_unmet": unmet.key if unmet else ""}
    known = mlflow.search_runs(
        filter_string=f"tags.exercise = '{name}'", max_results=1, output_format="list"
    )
    run_id = known[0].info.run_id if known else None
    tags = {"exercise": name, "lesson": Path(words.notebook).stem, **said}
    with mlflow.start_run(run_id, run_name=name, tags=tags) as parent:
        before, now = parent.data.metrics, time.time()
        kept = {"attempts": before.get("attempts", 0) + 1, "requirements": len(report.results)}
        with mlflow.start_run(run_name=f"attempt_{kept['attempts']:.0f}", nested=True, tags=said):
            mlflow.log_metrics({"requirements_met": report.met, **kept, **numbers})
        if report.met > before.get("best_requirements_met", -1):
            kept |= {"best_requirements_met": report.met, "ticked": now}
        if report.passed and "solved_after" not in before:
            kept["solved_after"] = kept["attempts"]
        mlflow.log_metrics(kept | {"checked": now})
