"""check_family on the tracking server: one family, broken and mended again, one thing at a time.

Lesson 14 shows it on a family of which nothing is right, and mends that as far as it can be.
"""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from exercises.family import check_family, main
from helpers.tracking import Experiment


def test_what_is_wrong_is_named_and_nothing_else(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    about = {"mlflow.source.git.commit": "4f2a9c1", "data": "rows v2", "seed": "7"}
    with mlflow.start_run(tags=about) as run:
        runs = []
        for loss in (0.5, 0.1 + 0.2, math.nan):
            with mlflow.start_run(nested=True) as child:
                mlflow.log_param("lr", loss * 2)
                mlflow.log_metric("loss", loss)
                runs.append(child.info.run_id)
    client, parent, (first, second, third) = MlflowClient(), run.info.run_id, runs

    def broken() -> set[str]:
        problems = check_family(parent, "loss").problems
        return {rule for rule, wrong in problems.items() if wrong}

    def exit_code(run_id: str, url: str = mlflow.get_tracking_uri()) -> int:
        monkeypatch.setattr(sys, "argv", ["", run_id, "--metric=loss", f"--server={url}"])
        return main()

    command = [sys.executable, "-m", "exercises.family", parent, "--metric=loss"]
    assert subprocess.call(command) == 1  # on the server that MLFLOW_TRACKING_URI names
    client.set_tag(parent, "best_run_id", second)
    client.log_param(parent, "best_lr", (0.1 + 0.2) * 2)
    client.log_metric(parent, "best_loss", 0.3)
    assert "= `0.3`, and not `0.30000000000000004`" in repr(check_family(parent, "loss"))
    client.log_metric(parent, "best_loss", 0.1 + 0.2)
    assert broken() == set()
    assert exit_code(parent) == 0
    assert exit_code(parent, f"sqlite:///{tmp_path}/mistyped.db") == 2
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    assert exit_code(parent, f"sqlite:///{tmp_path}/text.db") == 2
    assert exit_code(parent, "http://localhost:9") == exit_code("0" * 32) == 2
    assert not check_family(parent, "loss", "maximize").passed
    client.update_run(third, status="SCHEDULED")
    assert broken() == {"ended"}
    client.set_terminated(third, "FAILED")

    # A better child replaces the best: a tag, where the parameter of that name cannot be changed.
    for run_id, metric in ((first, "loss"), (parent, "best_loss")):
        client.log_metric(run_id, metric, -0.5)
    client.set_tag(parent, "best_run_id", first)
    assert "`best_lr` = `0.6000000000000001`, and not `1.0`" in repr(check_family(parent, "loss"))
    client.set_tag(parent, "best_lr", "1.0")
    assert broken() == set()
    client.log_param(first, "loss", "hinge")  # is another thing than the metric of this name
    assert "no `best_loss = hinge`" in repr(check_family(parent, "loss"))
    client.log_param(parent, "best_loss", "hinge")
    assert broken() == set()

    elsewhere = client.create_experiment(f"Elsewhere of {parent}")
    stray = client.create_run(elsewhere, tags={"mlflow.parentRunId": parent}, run_name="stray")
    client.set_terminated(stray.info.run_id)
    assert broken() == {"here", "metric"}
    assert "`stray`" in repr(check_family(parent, "loss"))
    for run_id in runs:
        client.delete_tag(run_id, "mlflow.parentRunId")
    assert "of 1 children, none has finished" in repr(check_family(parent, "loss"))
