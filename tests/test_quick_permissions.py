"""What the shared server remembers of who may do what, and for how long."""

from __future__ import annotations

import time

from mlflow import MlflowClient

from helpers import connect, execute_tuning
from tests.shared import Classroom, signed_in

API = "/api/3.0/mlflow/users/permissions"
OFTEN = range(8)  # more than there are workers, so each of them is asked


def log_param(classroom: Classroom, who: str, run_id: str, key: str) -> int:
    """Return the status of an attempt to log to a run."""
    body = {"run_id": run_id, "params": [{"key": key, "value": "1"}]}
    return classroom.ask(who, "POST", "/api/2.0/mlflow/runs/log-batch", json=body).status_code


def test_a_permission_counts_at_once_and_ends_within_ten_seconds(classroom: Classroom) -> None:
    with signed_in(classroom, "bob"):
        connect("lent")
        run_id = execute_tuning(0, num_child_runs=1)
        experiment = MlflowClient().get_run(run_id).info.experiment_id
    asked = {"username": "ada", "resource_type": "experiment", "resource_id": experiment}
    assert {log_param(classroom, "ada", run_id, f"before{n}") for n in OFTEN} == {403}

    lent = classroom.ask("bob", "POST", f"{API}/grant", json=asked | {"permission": "EDIT"})
    assert lent.status_code == 200
    assert {log_param(classroom, "ada", run_id, f"lent{n}") for n in OFTEN} == {200}

    back = classroom.ask("bob", "POST", f"{API}/revoke", json=asked)
    assert back.status_code == 200
    time.sleep(10.5)
    assert {log_param(classroom, "ada", run_id, f"after{n}") for n in OFTEN} == {403}


def test_an_experiment_can_be_used_as_soon_as_it_is_made(classroom: Classroom) -> None:
    with signed_in(classroom, "ada"):
        for number in OFTEN:
            connect(f"new {number}")
            assert execute_tuning(0, num_child_runs=1)
