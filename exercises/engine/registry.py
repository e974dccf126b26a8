"""Read the models of an experiment, and what the registry has under one name."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def registered(client: MlflowClient, experiment_id: str, model_name: str) -> dict[str, Any]:
    """Return the logged models, the versions of a registered model, and its champion.

    Args:
        client: of the tracking server, or of a store.
        experiment_id: the experiment's.
        model_name: the registered model's.
    """
    champion = None
    with suppress(MlflowException):  # there is none
        champion = client.get_model_version_by_alias(model_name, "champion")
    versions = client.search_model_versions(f"name = '{model_name}'")
    models = client.search_logged_models([experiment_id])
    page = models
    while page.token:
        page = client.search_logged_models([experiment_id], page_token=page.token)
        models += page
    return {
        "models": models,
        "versions": sorted(versions, key=lambda one: int(one.version)),  # oldest first
        "champion": champion,
    }
