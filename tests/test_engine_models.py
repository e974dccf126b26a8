"""The registered models of a check: removed afterwards, and read where the function runs."""

from __future__ import annotations

import signal
import uuid
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest
from mlflow import MlflowClient

from exercises import digits, tune_and_keep
from exercises.engine.scratch import Scratch
from helpers.tracking import Experiment, prefixed
from tests.answers import answer


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Others check at the same time; a prefix of our own tells whose models are left."""
    prefix = prefixed(f"{uuid.uuid4().hex[:8]}-")
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefix)
    return prefix


def names(prefix: str) -> list[str]:
    """Return the names of the registered models that begin with a prefix."""
    found = MlflowClient().search_registered_models(f"name LIKE '{prefix}%'")
    return [model.name for model in found]


def test_a_check_removes_its_models_and_no_others(experiment: Experiment, prefix: str) -> None:
    seen: list[str] = []
    right = answer("tune_and_keep", "right", "original")
    MlflowClient().create_registered_model(f"{prefix}somebody's")

    def keep(draws: list[dict[str, object]], model_name: str) -> str:
        MlflowClient().create_registered_model(f"{model_name}, spelt otherwise {len(seen)}")
        seen.extend(names(prefix))
        return str(right(draws, model_name))

    assert tune_and_keep.check(keep).passed
    assert len(set(seen)) > 3
    assert names(prefix) == [f"{prefix}somebody's"]


def test_a_check_that_is_stopped_removes_its_models(experiment: Experiment, prefix: str) -> None:
    right = answer("tune_and_keep", "right", "original")

    def keep(draws: list[dict[str, object]], model_name: str) -> None:
        right(draws, model_name)
        assert names(prefix)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        tune_and_keep.check(keep)
    assert names(prefix) == []


def test_all_models_of_an_experiment_are_read(experiment: Experiment) -> None:
    client, number = MlflowClient(), 101  # more than the server returns at once
    with ThreadPoolExecutor(8) as pool:
        ids = [experiment.experiment_id] * number
        made = {model.model_id for model in pool.map(client.create_logged_model, ids)}
    backend = Scratch(client.tracking_uri, (experiment.experiment_id, "0"))
    read = backend.registered("none")["models"]
    assert set(read) == made
    assert len(read) == number


def test_a_champion_that_cannot_be_loaded_is_told_in_a_sentence(experiment: Experiment) -> None:
    client = MlflowClient()
    with mlflow.start_run() as run:
        name = prefixed("no files")
        client.create_registered_model(name)
    source = f"runs:/{run.info.run_id}/model"
    client.create_model_version(name, source, run.info.run_id)
    client.set_registered_model_alias(name, "champion", "1")
    try:
        assert "it cannot be loaded: MlflowException" in digits.champion(name)["error"]
    finally:
        client.delete_registered_model(name)
