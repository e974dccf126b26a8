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
    assert list(report.found) == list(RULES)
    assert repr(report).startswith("**✓ COMPLETE**")
    assert not check_family(parent, "loss", "maximize").passed


def leave_open(client: MlflowClient, parent: str, runs: list[str]) -> None:
    tags = {"mlflow.parentRunId": parent, "seed": "7"}
    client.create_run(client.get_run(parent).info.experiment_id, tags=tags, run_name="left open")


def log_elsewhere(client: MlflowClient, parent: str, runs: list[str]) -> None:
    """A child in another experiment, which is RUNNING no more."""
    elsewhere = client.create_experiment(f"Elsewhere of {parent}")
    tags = {"mlflow.parentRunId": parent, "seed": "7"}
    stray = client.create_run(elsewhere, tags=tags, run_name="stray").info.run_id
    client.set_terminated(stray, "FAILED")


def schedule(client: MlflowClient, parent: str, runs: list[str]) -> None:
    client.update_run(runs[2], status="SCHEDULED")


def log_nan(client: MlflowClient, parent: str, runs: list[str]) -> None:
    for run_id in runs:
        client.log_metric(run_id, "loss", float("nan"))


@pytest.mark.parametrize(
    ("break_it", "broken", "says"),
    [
        (log_elsewhere, "here", "`stray`"),
        (leave_open, "ended", "`left open`"),
        (schedule, "ended", ":** `"),
        (
            lambda c, p, runs: c.set_tag(p, "data", "") or c.delete_tag(p, "data"),
            "repeat",
            "`data`",
        ),
        (lambda c, p, runs: c.delete_tag(p, "mlflow.source.git.commit"), "repeat", "git.commit`"),
        (lambda c, p, runs: c.set_terminated(runs[2], "FINISHED"), "metric", ":** `"),
        (log_nan, "metric", "of 3 children, none has finished"),
        (lambda c, p, runs: c.log_metric(p, "best_loss", 0.3), "best", "`best_loss = 0.30000000"),
        (lambda c, p, runs: c.set_tag(p, "best_run_id", runs[0]), "best", "`best_run_id = "),
        (lambda c, p, runs: c.log_metric(runs[0], "loss", -0.5), "best", "`best_lr = 1.0`"),
        (lambda c, p, runs: log_model(runs[0]), "model", ""),
    ],
    ids=[
        "elsewhere",
        "open",
        "scheduled",
        "data",
        "commit",
        "metric",
        "nan",
        "rounded",
        "child",
        "a_better_one",
        "model",
    ],
)
def test_what_is_wrong_is_named(
    experiment: Experiment, break_it: Break, broken: str, says: str
) -> None:
    parent, runs = log_right_family()
    break_it(MlflowClient(), parent, runs)
    report = check_family(parent, "loss")
    assert [key for key, wrong in report.found.items() if wrong] == [broken], report
    assert says in repr(report)


def test_runs_that_do_not_name_it_are_not_its_children(experiment: Experiment) -> None:
    parent, runs = log_right_family()
    for run_id in runs:
        MlflowClient().delete_tag(run_id, "mlflow.parentRunId")
    report = check_family(parent, "loss")
    assert "of 0 children, none has finished with a number" in repr(report)


def test_a_parameter_and_a_metric_may_have_one_name(experiment: Experiment) -> None:
    parent, runs = log_right_family()
    client = MlflowClient()
    for run_id in runs:
        client.log_param(run_id, "loss", "hinge")
    assert "no `best_loss = hinge`" in repr(check_family(parent, "loss"))
    client.log_param(parent, "best_loss", "hinge")
    assert check_family(parent, "loss").passed


def test_a_better_child_replaces_the_best_ones_tags(experiment: Experiment) -> None:
    parent, (first, *_) = log_right_family()
    client = MlflowClient()
    client.log_metric(first, "loss", 0.1)
    client.log_metric(parent, "best_loss", 0.1)
    client.set_tag(parent, "best_run_id", first)
    assert "no `best_lr = 1.0`" in repr(check_family(parent, "loss"))
    client.set_tag(parent, "best_lr", "1.0")  # The parameter of this name cannot be changed.
    assert check_family(parent, "loss").passed


def test_one_of_equals_is_the_best_if_the_parent_names_it(experiment: Experiment) -> None:
    parent, (first, second, _) = log_right_family()
    MlflowClient().log_metric(first, "loss", 0.1 + 0.2)
    log_model(second)
    assert check_family(parent, "loss").passed
    log_model(first)
    assert not check_family(parent, "loss").passed


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
