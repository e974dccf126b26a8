"""What one call of lesson 06's exercise left: runs, models, and versions of a registered model."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import LoggedModel, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from helpers.exercises.any_call import Seen
from helpers.tree import PARENT_TAG

# Nearest neighbours of these numbers: the best is the third, then the first.
DRAWS: tuple[list[dict[str, Any]], ...] = (
    [{"n_neighbors": n, "weights": "uniform"} for n in (30, 60, 3, 12)],
    [{"n_neighbors": n, "weights": "distance"} for n in (5, 80, 40)],
)


@dataclass(frozen=True)
class Kept(Seen):
    """One call, with the models of the experiment and the model's versions right after it."""

    models: tuple[LoggedModel, ...] = ()
    versions: tuple[ModelVersion, ...] = ()  # oldest first
    champion: ModelVersion | None = None

    @property
    def parents(self) -> list[Run]:
        """The runs of this call that have no parent."""
        return [run for run in self.seen.runs if PARENT_TAG not in run.data.tags]

    @property
    def children(self) -> list[Run]:
        """The children of the parent run."""
        own = self.parents[0].info.run_id
        return [run for run in self.seen.runs if run.data.tags.get(PARENT_TAG) == own]

    @property
    def best(self) -> list[Run]:
        """The children with the highest accuracy: several if they tie."""
        highest = max(run.data.metrics["accuracy"] for run in self.children)
        return [run for run in self.children if run.data.metrics["accuracy"] == highest]

    @property
    def new_models(self) -> list[LoggedModel]:
        """The models that this call has logged, to whichever run."""
        before = {run.info.run_id for run in self.seen.all_runs} - {
            run.info.run_id for run in self.seen.runs
        }
        return [model for model in self.models if model.source_run_id not in before]


def registry(client: MlflowClient, name: str, experiment_id: str) -> dict[str, Any]:
    """Return what there is of models in an experiment, and of one name in the registry.

    Args:
        client: asks the server.
        name: the registered model's.
        experiment_id: the experiment.
    """
    versions = client.search_model_versions(f"name = '{name}'")
    champion = None
    with contextlib.suppress(MlflowException):  # there is none
        champion = client.get_model_version_by_alias(name, "champion")
    return {
        "models": tuple(client.search_logged_models([experiment_id])),
        "versions": tuple(sorted(versions, key=lambda version: int(version.version))),
        "champion": champion,
    }
