"""check_family on the tracking server: a right family, and one for each thing that is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from sklearn.linear_model import LinearRegression

from exercises.family import RULES, check_family
from helpers import children
from helpers.tracking import Experiment

Break = Callable[[MlflowClient, str, list[str]], object]  # with run ids of parent and children


def log_model(run_id: str) -> None:
    fitted = LinearRegression().fit([[0.0], [1.0]], [0, 1])
    with mlflow.start_run(run_id=run_id):
        signature = mlflow.models.infer_signature(np.zeros((1, 1)))
        mlflow.sklearn.log_model(fitted, name="m", signature=signature, pip_requirements=["mlflow"])


def log_right_family() -> tuple[str, list[str]]:
    """A parent with two trials, the second of which is better, and one that failed."""
    tags = {"mlflow.source.git.commit": "4f2a9c1", "data": "rows v2"}
    with mlflow.start_run(run_name="family", tags=tags) as parent:
        for loss in (0.5, 0.1 + 0.2):
            with mlflow.start_run(nested=True):
                mlflow.log_params({"lr": loss * 2, "seed": 7})
                mlflow.log_metric("loss", loss)
        with mlflow.start_run(nested=True):
            mlflow.log_params({"lr": 9, "seed": 7})
        first, second, failed = children(parent.info.run_id)["run_id"]
        MlflowClient().set_terminated(failed, "FAILED")
        mlflow.log_metric("best_loss", 0.1 + 0.2)
        mlflow.log_param("best_lr", (0.1 + 0.2) * 2)
        mlflow.set_tag("best_run_id", second)
    return parent.info.run_id, [first, second, failed]


def test_a_right_family_lacks_nothing(experiment: Experiment) -> None:
    parent, (_, best, _) = log_right_family()
    log_model(best)
    report = check_family(parent, "loss")
    assert report.passed, report
    assert [result.key for result in report.results] == list(RULES)
    assert not check_family(parent, "loss", "maximize").passed


def leave_open(client: MlflowClient, parent: str, runs: list[str]) -> None:
    tags = {"mlflow.parentRunId": parent, "seed": "7"}
    client.create_run(client.get_run(parent).info.experiment_id, tags=tags, run_name="left open")


def log_nan(client: MlflowClient, parent: str, runs: list[str]) -> None:
    for run_id in runs:
        client.log_metric(run_id, "loss", float("nan"))


@pytest.mark.parametrize(
    ("break_it", "broken", "says"),
    [
        (leave_open, "ended", "`left open`"),
        (
            lambda c, p, runs: c.set_tag(p, "data", "") or c.delete_tag(p, "data"),
            "repeat",
            "`data`",
        ),
        (lambda c, p, runs: c.delete_tag(p, "mlflow.source.git.commit"), "repeat", "git.commit`"),
        (lambda c, p, runs: c.set_terminated(runs[2], "FINISHED"), "metric", "none on"),
        (log_nan, "metric", "no finished child with a number, of 3"),
        (lambda c, p, runs: c.log_metric(p, "best_loss", 0.3), "best", "`best_loss = 0.30000000"),
        (lambda c, p, runs: c.set_tag(p, "best_run_id", runs[0]), "best", "`best_run_id = "),
        (lambda c, p, runs: c.log_metric(runs[0], "loss", -0.5), "best", "`best_lr = 1.0`"),
        (lambda c, p, runs: log_model(runs[0]), "model", ""),
    ],
    ids=["open", "data", "commit", "metric", "nan", "rounded", "child", "a_better_one", "model"],
)
def test_what_is_wrong_is_named(
    experiment: Experiment, break_it: Break, broken: str, says: str
) -> None:
    parent, runs = log_right_family()
    break_it(MlflowClient(), parent, runs)
    report = check_family(parent, "loss")
    assert [result.key for result in report.results if not result.met] == [broken], report
    assert says in repr(report)


def test_another_direction_is_refused_in_a_sentence(experiment: Experiment) -> None:
    parent, _ = log_right_family()
    with pytest.raises(ValueError, match='must be "minimize" or "maximize"; got \'max\''):
        check_family(parent, "loss", "max")


def test_runs_that_do_not_name_it_are_not_its_children(experiment: Experiment) -> None:
    parent, runs = log_right_family()
    for run_id in runs:
        MlflowClient().delete_tag(run_id, "mlflow.parentRunId")
    report = check_family(parent, "loss")
    assert "no finished child with a number, of 0" in repr(report)


SCRIPT = """
import mlflow
print(mlflow.get_run(mlflow.start_run().info.run_id).data.tags["mlflow.source.git.commit"])
"""


def test_mlflow_logs_the_commit_of_a_script(experiment: Experiment, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init"], ["add", "."], [*who, "commit", "-m", "One"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True, capture_output=True)
    head = subprocess.check_output(["git", "-C", tmp_path, "rev-parse", "HEAD"], text=True)
    command = [sys.executable, tmp_path / "script.py"]
    assert head in subprocess.run(command, check=True, capture_output=True, text=True).stdout
