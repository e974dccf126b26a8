"""The families that lesson 08's exercise is about, and what one call of it names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Run, RunTag

from helpers.exercises.any_call import Seen
from helpers.tree import PARENT_TAG

# The children of each family: key, status, score, and when it started. Some were logged later than
# others that started after them.
FAMILIES: tuple[tuple[tuple[str, str, float | str, int], ...], ...] = (
    (("x=0", "FINISHED", 0.4, 1), ("x=1", "FINISHED", 0.9, 2), ("x=2", "FINISHED", 0.1, 3)),
    (
        ("x=0", "FAILED", 0.9, 1),
        ("x=1", "FINISHED", 0.3, 5),
        ("x=0", "FINISHED", 0.4, 4),
        ("x=1", "FINISHED", 0.3, 2),
        ("x=2", "RUNNING", 0.8, 3),
        ("x=3", "KILLED", 0.7, 6),
        ("x=1", "RUNNING", 0.3, 7),
        ("x=0", "FINISHED", 0.8, 8),
        ("x=1", "FINISHED", 0.1, 9),
    ),
    (
        ("x=5", "FINISHED", "NaN", 1),
        ("x=5", "FINISHED", 0.2, 2),
        ("x=6", "FINISHED", "inf", 3),
        ("x=7", "FINISHED", "none", 4),
        ("", "FINISHED", 0.9, 5),
        ("x=7", "FINISHED", 0.0, 6),
        ("x=5", "FINISHED", 0.5, 7),
    ),
    (("x=0", "RUNNING", "none", 1), ("x=1", "FAILED", "none", 2)),
    (),
)


def prepare(experiment_id: str, family: Sequence[Sequence[Any]]) -> list[str]:
    """Log a parent run with children; return its run id and theirs.

    Args:
        experiment_id: where to.
        family: the children, as in `FAMILIES`.
    """
    client = MlflowClient()
    ids = [client.create_run(experiment_id, run_name="parent_run_workers").info.run_id]
    client.set_terminated(ids[0])
    for key, status, score, started in family:
        tags = [RunTag("trial_key", key)] if key else []
        name = key.replace("x=", "trial_") or "no_key"
        run = client.create_run(experiment_id, 1000 * started, {PARENT_TAG: ids[0]}, name)
        metrics = [] if score == "none" else [Metric("score", float(score), 0, 0)]
        client.log_batch(run.info.run_id, metrics, tags=tags)
        if status != "RUNNING":
            client.set_terminated(run.info.run_id, status)
        ids.append(run.info.run_id)
    return ids


@dataclass(frozen=True)
class Counted(Seen):
    """One call, with the family that it was about."""

    family: tuple[Run, ...] = ()  # the children, oldest first

    def __str__(self) -> str:
        return f"{self.name}(parent_id) for {len(self.family)} children"

    @property
    def chosen(self) -> list[Run]:
        """The children that the function names."""
        return [run for run in self.family if run.info.run_id in self.seen.outcome.value]

    @property
    def sound(self) -> dict[str, list[Run]]:
        """The finished children with a finite score, by key."""
        groups: dict[str, list[Run]] = {}
        for run in self.family:
            score, key = run.data.metrics.get("score", math.nan), run.data.tags.get("trial_key")
            if key and run.info.status == "FINISHED" and abs(score) < 1e308:
                groups.setdefault(key, []).append(run)
        return groups
