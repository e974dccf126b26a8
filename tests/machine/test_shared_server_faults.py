"""The shared server when something breaks under it, and when it comes back from a dump."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from classroom.server.shared_server import SharedServerError
from helpers import ServerUnreachable, children, connect, execute_tuning
from helpers.tracking import Experiment
from tests.shared import STUDENTS, Classroom, signed_in

OLDER = Path(__file__).with_name("older_mlflow")  # a dump of a server of MLflow 3.12.0
CHILDREN = 25


def docker(*arguments: str) -> str:
    """Run docker; return what it printed."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def container(classroom: Classroom, service: str) -> str:
    return classroom.server.compose("ps", "--all", "--quiet", service).decode().strip()


def killed(classroom: Classroom, service: str) -> None:
    """Kill a container's first process as the kernel would: its restart is not ours."""
    name = container(classroom, service)
    pid = docker("inspect", "--format", "{{.State.Pid}}", name)
    kill = ["--pid", "host", "--user", "root", "--entrypoint", "kill", "postgres:17"]
    docker("run", "--rm", *kill, "-9", pid)


def cut_off(classroom: Classroom, service: str, network: str, seconds: float) -> None:
    """Take a container off a network for a while."""
    name, net = container(classroom, service), f"{classroom.server.project}_{network}"
    docker("network", "disconnect", "--force", net, name)
    time.sleep(seconds)
    docker("network", "connect", "--alias", service, net, name)


FAULTS: dict[str, Callable[[Classroom], None]] = {
    "MLflow is killed": lambda classroom: killed(classroom, "mlflow"),
    "PostgreSQL is killed": lambda classroom: killed(classroom, "postgres"),
    "the network is cut": lambda classroom: cut_off(classroom, "mlflow", "outside", 10),
    "the database is cut off": lambda classroom: cut_off(classroom, "postgres", "inside", 3),
}


def finished(experiment: Experiment) -> pd.DataFrame:
    """The finished children, each of which must be complete."""
    runs = mlflow.search_runs([experiment.experiment_id], "attributes.status = 'FINISHED'")
    if "tags.mlflow.parentRunId" not in runs:
        return runs.iloc[:0]
    runs = runs[runs["tags.mlflow.parentRunId"].notna()]
    columns = ["params.param1", "params.param2", "metrics.metric1", "metrics.metric2"]
    assert runs[[*columns, "tags.test_identifier"]].notna().all(axis=None)
    return runs.set_index("run_id").sort_index()


def when_back(name: str) -> Experiment:
    """Connect as soon as the server answers again."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return connect(name)
        except (ServerUnreachable, mlflow.MlflowException):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def outcome() -> tuple[str, int]:
    """Tune; return what was said if it failed, and the number of children that finished.

    A request whose answer was lost is sent again, so a child may be there twice.
    """
    try:
        family = children(execute_tuning(0, num_child_runs=CHILDREN))
    except ServerUnreachable as error:
        return str(error), 0
    return "", (family["status"] == "FINISHED").sum()


@pytest.mark.parametrize("what", FAULTS)
def test_a_tuning_goes_on_or_says_what_to_do(
    classroom: Classroom, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    retries = classroom.settings("ada")["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
    kept: dict[str, pd.DataFrame] = {}
    failures: list[BaseException] = []

    def fault() -> None:
        try:
            while len(kept.setdefault("before", finished(experiment))) < 3:
                kept.pop("before")
            FAULTS[what](classroom)
        except BaseException as error:
            failures.append(error)

    with signed_in(classroom, "ada", MLFLOW_HTTP_REQUEST_MAX_RETRIES=retries):
        experiment = connect(what)
        breaker = threading.Thread(target=fault)
        breaker.start()
        said, number = outcome()
        assert "finished is kept" in said or number >= CHILDREN
        breaker.join()
        assert failures == []
        experiment = when_back(what)
        after = finished(experiment)
        assert set(kept["before"].index) <= set(after.index)
        execute_tuning(1)
        assert len(finished(experiment)) == len(after) + 5


def test_a_full_disk_loses_no_finished_run(classroom: Classroom) -> None:
    def on_disk(script: str) -> None:
        classroom.server.compose("exec", "-T", "holder", "sh", "-c", script)

    with signed_in(
        classroom,
        "ada",
        MLFLOW_HTTP_REQUEST_MAX_RETRIES="2",
        MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR="1",
    ):
        experiment = connect("full")
        execute_tuning(0)
        before = finished(experiment)
        volumes = ("/database", "/artifacts")
        on_disk(";".join(f"cat /dev/zero >{volume}/ballast 2>&1" for volume in volumes) + "|| true")
        try:
            with pytest.raises(ServerUnreachable, match="finished is kept"):
                execute_tuning(0, num_child_runs=500)  # the last page may still have room
            with pytest.raises(Exception, match=r"50\d|Max retries"):
                MlflowClient().log_text(before.index[0], "x" * 100_000, "large.txt")
            # It can be read. (To `connect` would end what was left open, which may need the disk.)
            assert set(before.index) <= set(finished(experiment).index)
        finally:
            on_disk("rm /database/ballast /artifacts/ballast")
        experiment = when_back("full")
        assert set(before.index) <= set(finished(experiment).index)
        execute_tuning(1)
        MlflowClient().log_text(before.index[0], "x" * 100_000, "large.txt")


def everything(classroom: Classroom) -> dict[str, pd.DataFrame]:
    """All runs by their experiments' names, as the instructor sees them."""
    with signed_in(classroom, "admin"):
        return {
            experiment.name: mlflow.search_runs([experiment.experiment_id])
            for experiment in MlflowClient().search_experiments()
        }


def test_a_dump_brings_back_runs_accounts_and_artifacts(
    classroom: Classroom, tmp_path: Path
) -> None:
    with signed_in(classroom, "ada"):
        experiment = connect("dumped")
        parent_id = execute_tuning(0)
        MlflowClient().log_text(parent_id, "kept", "kept.txt")
    before = everything(classroom)
    classroom.server.dump(tmp_path / "dump")
    assert (tmp_path / "dump").stat().st_mode & 0o777 == 0o700

    with pytest.raises(SharedServerError, match="exists"):
        classroom.server.dump(tmp_path / "dump")
    (tmp_path / "torn").mkdir()
    with pytest.raises(SharedServerError, match=r"is no dump: it has no file database\.dump"):
        classroom.server.restore(tmp_path / "torn")
    shutil.copytree(tmp_path / "dump", tmp_path / "torn", dirs_exist_ok=True)
    database = tmp_path / "torn" / "database.dump"
    database.write_bytes(database.read_bytes()[:30_000])
    with pytest.raises(SharedServerError):
        classroom.server.restore(tmp_path / "torn")
    assert everything(classroom).keys() == before.keys()  # as it was

    # Another server's, of an older MLflow: all that is here is gone, and what was there is here.
    classroom.server.restore(OLDER)
    assert classroom.ask("ada", "GET", "/api/2.0/mlflow/users/list").status_code == 401
    assert set(everything(classroom)) == {
        "Default",
        *(f"{student}-Nested Child Association" for student in STUDENTS),
    }
    account = {"MLFLOW_TRACKING_PASSWORD": "the older password of ada"}
    with signed_in(classroom, "ada", **account):
        older = connect("Nested Child Association")
        assert len(finished(older)) == 5
        (text,) = MlflowClient().search_runs(
            [older.experiment_id], "attributes.run_name = 'with a text'"
        )
        assert mlflow.artifacts.load_text(f"{text.info.artifact_uri}/a.txt") == "kept"
        execute_tuning(1)

    classroom.server.restore(tmp_path / "dump")
    after = everything(classroom)
    assert after.keys() == before.keys()
    for name, runs in before.items():
        pd.testing.assert_frame_equal(after[name], runs, check_like=True)
    with signed_in(classroom, "ada"):
        assert connect("dumped") == experiment
        run = MlflowClient().get_run(parent_id)
        assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/kept.txt") == "kept"
    route = f"/api/2.0/mlflow/runs/get?run_id={parent_id}"
    assert classroom.ask("bob", "GET", route).status_code == 403
