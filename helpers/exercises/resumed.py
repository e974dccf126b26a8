"""What lesson 07's exercise finds under a parent, and what one call of it adds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import optuna
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run
from optuna.distributions import FloatDistribution
from optuna.samplers import RandomSampler

from helpers.exercises.any_call import Seen
from helpers.tree import PARENT_TAG

SPACE = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}
# What becomes of the children that a call finds, oldest first: a result, or a word for those that
# must not be learned from. They have a result all the same, and a better one. All are low, so that
# a new trial is soon among the best, and a study that is not told of it goes another way.
FAMILIES: tuple[tuple[int | str, ...], ...] = (
    (9, 13, "FAILED", 3, 15, 2, 10, "KILLED", 12, "NaN", 17, 8, 16, 11, 14, 18, 6),
    (2, 9, 14, "RUNNING", 3, 16, 17, 15, 4, 12, "FAILED", 1, 19, 13),
)
ASKED = ((3, 11), (2, 12))  # num_trials and seed of each call


@dataclass(frozen=True)
class Resumed(Seen):
    """One call, with the children that it found under the parent."""

    found: frozenset[str] = frozenset()  # their run ids, and the parent's

    def __str__(self) -> str:
        _, trials, seed = self.seen.call.args
        return f"{self.name}(parent_id, {trials}, seed={seed})"

    @property
    def parent(self) -> str:
        """The run id of the parent."""
        return str(self.seen.call.args[0])

    @property
    def family(self) -> list[Run]:
        """All children of the parent, oldest first."""
        return [r for r in self.seen.all_runs if r.data.tags.get(PARENT_TAG) == self.parent]

    @property
    def counting(self) -> list[Run]:
        """The children that were found and count: FINISHED, with a finite result."""
        old = [run for run in self.family if run.info.run_id in self.found]
        done = [run for run in old if run.info.status == "FINISHED"]
        return [run for run in done if math.isfinite(run.data.metrics["right"])]

    @property
    def new(self) -> list[Run]:
        """The children that this call has made, oldest first."""
        return [run for run in self.family if run.info.run_id not in self.found]


def prepare(experiment_id: str, fates: Sequence[int | str]) -> list[str]:
    """Log a parent run with children; return its run id and theirs.

    Args:
        experiment_id: where to.
        fates: what becomes of each child, as in `FAMILIES`.
    """
    client = MlflowClient()
    parent = client.create_run(experiment_id, run_name="parent_run_before").info.run_id
    study, ids = optuna.create_study(sampler=RandomSampler(seed=len(fates))), [parent]
    for number, fate in enumerate(fates):
        tags = {PARENT_TAG: parent}
        run = client.create_run(experiment_id, 1000 * number + 1, tags, f"trial_{number}")
        right = fate if isinstance(fate, int) else math.nan if fate == "NaN" else 299
        params = [Param(name, str(v)) for name, v in study.ask(dict(SPACE)).params.items()]
        client.log_batch(run.info.run_id, [Metric("right", float(right), 0, 0)], params)
        if fate != "RUNNING":
            known = fate in ("FAILED", "KILLED")
            client.set_terminated(run.info.run_id, str(fate) if known else "FINISHED")
        ids.append(run.info.run_id)
    client.set_terminated(parent)
    return ids
