"""Keep each check as a child run in the experiment *My progress*, under a parent for its exercise.

The parent keeps its best child's result, as lesson 05 teaches it, so a reader needs only the
parents. Nothing of the student's code is kept. `COURSE_PROGRESS=off` keeps nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Metric, Run, RunTag
from mlflow.exceptions import MlflowException

from helpers.read_runs import PARENT_TAG
from helpers.tracking import prefixed

EXPERIMENT = "My progress"


@dataclass(frozen=True)
class Attempt:
    """What is kept of a check."""

    exercise: str
    lesson: str
    state: str
    first_unmet: str  # the key of a requirement; empty if all are met
    requirements_met: int
    requirements: int
    hints_used: int
    seconds: float


def keep(attempt: Attempt, tracking_uri: str) -> None:
    """Log a check: two requests find the parent, and four log.

    Args:
        attempt: the check.
        tracking_uri: where to log it.
    """
    if os.environ.get("COURSE_PROGRESS") == "off":
        return
    client = MlflowClient(tracking_uri)
    try:
        parent = find_parent(client, {"exercise": attempt.exercise, "lesson": attempt.lesson})
        _log_child(client, parent, attempt)
        _log_parent(client, parent, attempt)
    except MlflowException as error:  # the check counts all the same
        print(f"{EXPERIMENT!r} lacks this check: {error.message.splitlines()[0]}")


def find_parent(client: MlflowClient, tags: dict[str, str]) -> Run:
    """Return the parent run in *My progress* that has the first of these tags; create it if needed.

    Args:
        client: talks to the tracking server.
        tags: the parent's; the first one's value is also its name.
    """
    name, (key, value) = prefixed(EXPERIMENT), next(iter(tags.items()))
    experiment = client.get_experiment_by_name(name)
    experiment_id = experiment.experiment_id if experiment else client.create_experiment(name)
    if experiment and experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment_id)
    for run in client.search_runs([experiment_id], f"tags.{key} = '{value}'", max_results=1):
        return run
    parent = client.create_run(experiment_id, tags=tags, run_name=value)
    client.set_terminated(parent.info.run_id)
    return parent


def _log_child(client: MlflowClient, parent: Run, attempt: Attempt) -> None:
    tags = {**_tags(attempt), PARENT_TAG: parent.info.run_id}
    name = f"attempt_{parent.data.metrics.get('attempts', 0) + 1:.0f}"
    child = client.create_run(parent.info.experiment_id, tags=tags, run_name=name).info.run_id
    kept = ("requirements_met", "requirements", "hints_used", "seconds")
    client.log_batch(child, _metrics({name: getattr(attempt, name) for name in kept}))
    client.set_terminated(child)


def _log_parent(client: MlflowClient, parent: Run, attempt: Attempt) -> None:
    """Log the best result so far to the parent."""
    before = parent.data.metrics
    best, now = before.get("best_requirements_met", -1), time.time()
    metrics = {
        **before,
        "requirements": attempt.requirements,
        "attempts": before.get("attempts", 0) + 1,
        "best_requirements_met": max(attempt.requirements_met, best),
        "checked": now,
    }
    if attempt.requirements_met > best:
        metrics["ticked"] = now
    if attempt.state == "solved":
        metrics.setdefault("solved_after", metrics["attempts"])
    tags = [RunTag(*pair) for pair in _tags(attempt).items()]
    client.log_batch(parent.info.run_id, _metrics(metrics), tags=tags)


def _tags(attempt: Attempt) -> dict[str, str]:
    return {"state": attempt.state, "first_unmet": attempt.first_unmet}


def _metrics(values: Mapping[str, float]) -> list[Metric]:
    now = int(time.time() * 1000)
    return [Metric(name, value, now, 0) for name, value in values.items()]
