"""What surrounds a verdict on a tracking server: the notebook and the server left as they were."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from exercises import tune_and_keep
from exercises.engine.backend import Backend
from exercises.engine.report import details
from exercises.nest import check
from helpers.lost_server import ServerUnreachable
from helpers.tracking import Experiment, prefixed
from tests.answers import answer

right = answer("nest", "right", "original")


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Others check at the same time; a prefix of our own tells what is left of ours."""
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefixed(f"{uuid.uuid4().hex[:8]}-"))
    return prefixed("")


def with_tag(name: str, values: list[object]) -> None:
    with mlflow.start_run(run_name=name):
        for value in values:
            with mlflow.start_run(nested=True):
                mlflow.set_tag("param1", value)


def leaves_much(name: str, values: list[object]) -> None:
    random.seed(9)
    np.random.seed(9)
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "9"
    os.chdir("/")
    mlflow.start_run(run_name=name)
    mlflow.start_run(nested=True)
    sys.exit(1)


def goes_elsewhere(name: str, values: list[object]) -> None:
    right(name, values)
    mlflow.set_experiment(prefixed("an experiment of its own"))
    mlflow.set_tracking_uri("http://localhost:9")


def deletes_its_experiment(name: str, values: list[object]) -> None:
    right(name, values)
    MlflowClient().delete_experiment(os.environ["MLFLOW_EXPERIMENT_ID"])


def test_a_check_says_that_the_function_is_the_one_it_has_judged() -> None:
    def again(name: str, values: list[object]) -> None:
        with_tag(name, values)

    said = "This is the function of the last check: run its cell after a change."
    assert [said in repr(check(one)) for one in (with_tag, with_tag, again)] == [False, True, False]
    assert said not in repr([check(right), check(right)])  # it passes


def state() -> dict[str, object]:
    """Everything of the notebook that a check must leave as it was."""
    run = mlflow.active_run()
    names = (experiment.name for experiment in mlflow.search_experiments())
    return {
        "tracking URI": mlflow.get_tracking_uri(),
        "active run": run and run.info.run_id,
        "folder": Path.cwd(),
        "environment": {k: v for k, v in os.environ.items() if k.startswith("MLFLOW_")},
        "random": random.getstate(),
        "numpy": repr(np.random.get_state()),
        "streams": (sys.stdout, sys.stderr),
        "experiments": sorted(name for name in names if prefixed("Check of") in name),
    }


@pytest.mark.parametrize(
    ("function", "unmet"),
    [
        (right, None),
        (leaves_much, "runs_to_its_end"),
        (goes_elsewhere, "logs_here"),
        (deletes_its_experiment, "logs_here"),
    ],
)
def test_the_notebook_is_as_it_was(
    function: Callable[..., None],
    unmet: str | None,
    experiment: Experiment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mlflow.start_run() as earlier:
        pass
    with mlflow.start_run(run_name="outer"), mlflow.start_run(run_name="inner", nested=True) as run:
        if function is right:  # a run is active, and meanwhile another experiment
            mlflow.set_experiment(f"{experiment.name} another")
        monkeypatch.setenv("MLFLOW_RUN_ID", earlier.info.run_id)  # would be opened again
        before = state()
        found = check(function).first_unmet
        assert (found.key if found else None) == unmet
        assert state() == before
        assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("goes_on", 1)
    assert mlflow.active_run() is None
    runs = mlflow.search_runs([experiment.experiment_id])
    assert list(runs["tags.mlflow.runName"])[:2] == ["inner", "outer"]
    assert set(runs["status"]) == {"FINISHED"}


def test_a_notebook_that_has_not_chosen_an_experiment(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    before = state()
    seen: list[str] = []

    def nest(name: str, values: list[object]) -> None:
        seen.append(mlflow.get_experiment(os.environ["MLFLOW_EXPERIMENT_ID"]).name)

    assert not check(nest).passed
    assert seen[0].startswith(prefixed("Check of nest "))
    assert state() == before


def test_a_check_that_is_stopped_removes_its_models_and_no_others(
    experiment: Experiment, prefix: str
) -> None:
    client = MlflowClient()
    client.create_registered_model(f"{prefix}somebody's")

    def keep(draws: list[dict[str, object]], model_name: str) -> None:
        answer("tune_and_keep", "right", "original")(draws, model_name)
        client.create_registered_model(f"{model_name}, spelt otherwise")
        mlflow.start_run(nested=True)
        signal.raise_signal(signal.SIGINT)

    before = state()
    with pytest.raises(KeyboardInterrupt):
        tune_and_keep.check(keep)
    assert state() == before
    found = client.search_registered_models(f"name LIKE '{prefix}%'")
    assert [model.name for model in found] == [f"{prefix}somebody's"]


def test_all_models_of_an_experiment_are_read(experiment: Experiment) -> None:
    client = MlflowClient()
    ids = [experiment.experiment_id] * 101  # more than the server returns at once
    with ThreadPoolExecutor(8) as pool:
        made = {model.model_id for model in pool.map(client.create_logged_model, ids)}
    backend = Backend(client.tracking_uri, (experiment.experiment_id, "0"))
    assert set(tune_and_keep.TuneAndKeep.read(backend).more) == made


def test_no_server(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:9")
    with pytest.raises(ServerUnreachable, match="docker compose up"):
        check(right)


def test_a_wrong_report_says_what_to_know(experiment: Experiment) -> None:
    unmet = check(with_tag).first_unmet
    assert unmet
    called, expected, found, run, look = details(unmet)
    assert called == "*Called:* `nest('parent_run_test_default_0', ['x', 'y', 'z'])`"
    wanted = "a child with each of `[{'param1': 'x'}, {'param1': 'y'}, {'param1': 'z'}]`"
    assert expected == f"*Expected:* {wanted}"
    name = re.fullmatch(r"\*Found:\* `param1` = `x` as a tag on `([\w-]+)`", found)
    assert name
    assert look.startswith("*Where to look:* ")
    begins = f"*The run:* `{name[1]}`, [in the MLflow UI]({mlflow.get_tracking_uri()}/#/"
    assert run.startswith(begins)
    run_id = re.search(r"/runs/(\w{32})", run)
    assert run_id
    assert mlflow.get_run(run_id[1]).info.run_name == name[1]
