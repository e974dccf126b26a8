"""The models of an experiment, and what the model registry has under one name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException


@dataclass(frozen=True)
class Models:
    """Models as they were when they were read."""

    logged: tuple[LoggedModel, ...]  # to the experiment, by whichever run
    versions: tuple[ModelVersion, ...]  # of the registered model, oldest first
    champion: ModelVersion | None  # the version to which the alias `champion` points


def read_models(client: MlflowClient, experiment_id: str, name: str) -> Models:
    """Read models.

    Args:
        client: of the store that has them.
        experiment_id: where they were logged.
        name: of the registered model; there may be none.
    """
    versions, champion = client.search_model_versions(f"name = '{name}'"), None
    with suppress(MlflowException):  # there is no such model, or no such alias
        champion = client.get_model_version_by_alias(name, "champion")
    return Models(
        tuple(client.search_logged_models([experiment_id])),
        tuple(sorted(versions, key=lambda one: int(one.version))),
        champion,
    )
