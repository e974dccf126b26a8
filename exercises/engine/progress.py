"""Keep each check as a child run in the experiment *My progress*, under a parent for its exercise.

The parent keeps its best child's result, as lesson 05 teaches it: a reader needs the parents
alone. Nothing of the student's code is kept. `COURSE_PROGRESS=off` keeps nothing.
"""

import os
import time
from dataclasses import asdict, dataclass

from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException

from helpers.tracking import prefixed
from helpers.tree import PARENT_TAG

EXPERIMENT = "My progress"


@dataclass(frozen=True)
class Attempt:
    """What is kept of one check."""

    exercise: str
    lesson: str
    state: str  # solved, wrong or unsolved
    first_unmet: str  # the key of a requirement; empty if all are met
    requirements_met: float
    requirements: float
    hints_used: float
    seconds: float


@dataclass
class Parent:
    """What this kernel knows of an exercise's parent run."""

    run_id: str
    experiment_id: str
    metrics: dict[str, float]


_parents: dict[tuple[str, str, str], Parent] = {}  # by server, experiment and exercise


def keep(attempt: Attempt) -> None:
    """Log a check, by four requests; a kernel's first one looks for the parent as well.

    Args:
        attempt: what came of it.
    """
    if os.environ.get("COURSE_PROGRESS") == "off":
        return
    client = MlflowClient()
    key = client.tracking_uri, prefixed(EXPERIMENT), attempt.exercise
    try:
        parent = _parents.pop(key, None) or _find(client, attempt)
        _log(client, parent, attempt)
        _parents[key] = parent
    except MlflowException as error:  # the check counts all the same
        print(f"{EXPERIMENT!r} lacks this check: {error.message.splitlines()[0]}")


def _find(client: MlflowClient, attempt: Attempt) -> Parent:
    """Return the parent run of an exercise; make it if this is the first check."""
    name = prefixed(EXPERIMENT)
    found = client.get_experiment_by_name(name)
    experiment_id = found.experiment_id if found else client.create_experiment(name)
    if found and found.lifecycle_stage == "deleted":
        client.restore_experiment(experiment_id)
    asked = f"tags.exercise = '{attempt.exercise}'"
    for run in client.search_runs([experiment_id], asked, max_results=1):
        return Parent(run.info.run_id, experiment_id, dict(run.data.metrics))
    tags = {"exercise": attempt.exercise, "lesson": attempt.lesson}
    run_id = client.create_run(experiment_id, tags=tags, run_name=attempt.exercise).info.run_id
    client.set_terminated(run_id)
    return Parent(run_id, experiment_id, {})


def _log(client: MlflowClient, parent: Parent, attempt: Attempt) -> None:
    now, before = time.time(), parent.metrics
    number, best = before.get("attempts", 0) + 1, before.get("best_requirements_met", -1)
    said = {"state": attempt.state, "first_unmet": attempt.first_unmet}
    child = client.create_run(
        parent.experiment_id,
        tags={**said, PARENT_TAG: parent.run_id},
        run_name=f"attempt_{number:.0f}",
    ).info.run_id
    found = {name: value for name, value in asdict(attempt).items() if isinstance(value, float)}
    client.log_batch(child, _metrics(found, now))
    client.set_terminated(child)
    parent.metrics = before | {
        "attempts": number,
        "requirements": attempt.requirements,
        "best_requirements_met": max(attempt.requirements_met, best),
        "checked": now,
    }
    if attempt.requirements_met > best:
        parent.metrics["ticked"] = now
    if attempt.state == "solved":
        parent.metrics.setdefault("solved_after", number)
    tags = [RunTag(*pair) for pair in said.items()]
    client.log_batch(parent.run_id, _metrics(parent.metrics, now), tags=tags)


def _metrics(values: dict[str, float], now: float) -> list[Metric]:
    return [Metric(name, value, int(now * 1000), 0) for name, value in values.items()]
