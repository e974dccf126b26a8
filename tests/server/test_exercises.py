"""What surrounds a verdict on a tracking server: the notebook and the server left as they were."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from exercises import tune_and_keep
from exercises.nest import check
from helpers import failed_cell
from helpers.tracking import Experiment, prefixed
from tests.answers import answer

right = answer("nest", "right", "original")


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Others check at the same time; a prefix of our own tells what is left of ours."""
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefixed(f"{uuid.uuid4().hex[:8]}-"))
    return prefixed("")


def leaves_much(name: str, values: list[object]) -> None:
    random.seed(9)
    np.random.seed(9)
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "9"
    os.chdir("/")
    mlflow.start_run(run_name=name)
    mlflow.start_run(nested=True)
    MlflowClient().delete_experiment(os.environ["MLFLOW_EXPERIMENT_ID"])
    mlflow.set_experiment(prefixed("an experiment of its own"))
    mlflow.set_tracking_uri("http://localhost:9")
    sys.exit(1)


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


@pytest.mark.parametrize("function", [right, leaves_much])
def test_the_notebook_is_as_it_was(
    function: Callable[..., None], experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mlflow.start_run() as earlier:
        pass
    with mlflow.start_run(run_name="outer"), mlflow.start_run(run_name="inner", nested=True) as run:
        if function is right:  # a run is active, and meanwhile another experiment
            mlflow.set_experiment(f"{experiment.name} another")
        monkeypatch.setenv("MLFLOW_RUN_ID", earlier.info.run_id)  # would be opened again
        before = state()
        assert check(function).passed == (function is right)
        assert state() == before
        assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
        monkeypatch.delenv("MLFLOW_RUN_ID")
        with mlflow.start_run(nested=True) as later:
            assert later.info.experiment_id == os.environ["MLFLOW_EXPERIMENT_ID"]
    assert mlflow.active_run() is None
    assert set(mlflow.search_runs([experiment.experiment_id])["status"]) == {"FINISHED"}


def test_a_check_that_is_stopped_where_no_experiment_was_chosen_removes_its_models_and_no_others(
    tracking_uri: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    client, names = MlflowClient(), [f"{prefix}somebody's"]
    client.create_registered_model(names[0])

    def keep(draws: list[dict[str, object]], model_name: str) -> None:
        names.append(f"{model_name}, spelt otherwise")
        client.create_registered_model(names[1])
        mlflow.start_run(nested=True)
        signal.raise_signal(signal.SIGINT)

    before = state()
    with pytest.raises(KeyboardInterrupt):
        tune_and_keep.check(keep)
    assert state() == before
    assert names[1].startswith(f"{prefix}Check of tune_and_keep ")
    models = client.search_registered_models(f"name LIKE '{prefix}%'")
    assert [model.name for model in models] == names[:1]


def test_only_a_lost_server_is_called_one(tracking_uri: str, tmp_path: Path) -> None:
    def reads_a_run_instead_of_a_file() -> None:
        try:
            (tmp_path / "nowhere").read_text()
        except OSError:
            mlflow.get_run("0" * 32)

    with pytest.raises(MlflowException) as caught:
        reads_a_run_instead_of_a_file()
    assert failed_cell.in_a_sentence(caught.value, "cell") is caught.value


def test_a_wrong_report_says_what_to_know_and_if_the_function_is_the_one_of_the_last_check(
    experiment: Experiment,
) -> None:
    def nest(name: str, values: list[object]) -> None:
        with mlflow.start_run(run_name=name):
            for value in values:
                with mlflow.start_run(nested=True):
                    mlflow.set_tag("param1", value)

    report = check(nest)
    assert report.first_unmet
    match = re.fullmatch(
        r"\*Called:\* `nest\('parent_run_test_default_0', \['x', 'y', 'z'\]\)`\n"
        r"\*Expected:\* a child run with `param1` = one of `\['x', 'y', 'z'\]`\n"
        r"\*Found:\* `param1` = `x` as a tag on `([\w-]+)`\n"
        r"\*The run:\* `\1`, \[in the MLflow UI\]\((\S+)/#/\S+/runs/(\w{32})\S*",
        "\n".join(report.first_unmet.details),
    )
    assert match
    assert "*Found:* `param1` = `x` as a tag" in report.message
    name, server, run_id = match.groups()
    assert server == mlflow.get_tracking_uri()
    assert mlflow.get_run(run_id).info.run_name == name

    same = "This is the same function as in the last check. Run its cell after you change it."
    assert same not in repr(check(len))  # which cannot be called like that, so it ends at once
    assert same in repr(check(len))
