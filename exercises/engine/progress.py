"""Keep each check as a child run in the experiment *My progress*, under a parent for its exercise.

The parent keeps its best child's result, as lesson 05 teaches it: a reader needs the parents
alone. Nothing of the student's code is kept. `COURSE_PROGRESS=off` keeps nothing.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException

from exercises.engine.report import Report
from exercises.engine.run import Run
from exercises.engine.words import Words
from helpers.tracking import prefixed
from helpers.tree import PARENT_TAG

EXPERIMENT = "My progress"


_parents: dict[tuple[str, str, str], Run] = {}  # by server, experiment and exercise


def keep(words: Words, report: Report, **numbers: float) -> None:
    """Log a check, by four requests; a kernel's first one looks for the parent as well.

    Args:
        words: of the exercise.
        report: what the check found.
        **numbers: what else is kept of it.
    """
    if os.environ.get("COURSE_PROGRESS") == "off":
        return
    client = MlflowClient()
    key = client.tracking_uri, prefixed(EXPERIMENT), words.function
    try:
        parent = _parents.pop(key, None) or _find(client, words)
        _parents[key] = _log(client, parent, report, numbers)
    except MlflowException as error:  # the check counts all the same
        print(f"{EXPERIMENT!r} lacks this check: {error.message.splitlines()[0]}")


def _find(client: MlflowClient, words: Words) -> Run:
    """Return the parent run of an exercise; make it if this is the first check."""
    name = prefixed(EXPERIMENT)
    found = client.get_experiment_by_name(name)
    experiment_id = found.experiment_id if found else client.create_experiment(name)
    if found and found.lifecycle_stage == "deleted":
        client.restore_experiment(experiment_id)
    asked = f"tags.exercise = '{words.function}'"
    for run in client.search_runs([experiment_id], asked, max_results=1):
        return Run.of(run)
    tags = {"exercise": words.function, "lesson": Path(words.notebook).stem}
    parent = Run.of(client.create_run(experiment_id, tags=tags, run_name=words.function))
    client.set_terminated(parent.run_id)
    return parent


def _log(client: MlflowClient, parent: Run, report: Report, numbers: dict[str, float]) -> Run:
    """Log a check below its parent; return the parent with its new metrics."""
    now, before, unmet = time.time(), parent.metrics, report.first_unmet
    number, best = before.get("attempts", 0) + 1, before.get("best_requirements_met", -1)
    said = {"state": report.state, "first_unmet": unmet.key if unmet else ""}
    child = client.create_run(
        parent.experiment_id,
        tags={**said, PARENT_TAG: parent.run_id},
        run_name=f"attempt_{number:.0f}",
    ).info.run_id
    of = {"requirements": len(report.results)}
    client.log_batch(child, _metrics({"requirements_met": report.met, **of, **numbers}, now))
    client.set_terminated(child)
    metrics = {
        **before,
        **of,
        "attempts": number,
        "best_requirements_met": max(report.met, best),
        "checked": now,
    }
    if report.met > best:
        metrics["ticked"] = now
    if report.passed:
        metrics.setdefault("solved_after", number)
    tags = [RunTag(*pair) for pair in said.items()]
    client.log_batch(parent.run_id, _metrics(metrics, now), tags=tags)
    return replace(parent, metrics=metrics)


def _metrics(values: dict[str, float], now: float) -> list[Metric]:
    return [Metric(name, value, int(now * 1000), 0) for name, value in values.items()]
