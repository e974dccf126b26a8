"""The shared server when something breaks under it, and when it comes back from a dump."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from classroom.server.shared_server import SharedServerError
from helpers import ServerUnreachable, connect, execute_tuning
from helpers.tracking import Experiment
from tests.shared import STUDENTS, Classroom, signed_in

OLDER = Path(__file__).parents[1] / "older_mlflow"  # a dump of a server of MLflow 3.12.0
CHILDREN = 25
# A student's notebook that does not wait long.
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1"}


def docker(*arguments: str) -> str:
    """Run docker; return what it printed."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def container(classroom: Classroom, service: str) -> str:
    return classroom.server.compose("ps", "--all", "--quiet", service).decode().strip()


def kill(classroom: Classroom, service: str) -> None:
    """Kill a container's first process as the kernel would: its restart is not ours."""
    pid = docker("inspect", "--format", "{{.State.Pid}}", container(classroom, service))
    killer = ["--pid", "host", "--user", "root", "--entrypoint", "kill", "postgres:17"]
    docker("run", "--rm", *killer, "-9", pid)


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


def tune() -> str:
    """Tune; return what was said if it failed."""
    try:
        execute_tuning(0, num_child_runs=CHILDREN)
    except ServerUnreachable as error:
        return str(error)
    return ""


@pytest.mark.parametrize("service", ["mlflow", "postgres"])
def test_a_tuning_goes_on_or_says_what_to_do_when_one_is_killed(
    classroom: Classroom, service: str
) -> None:
    retries = classroom.settings("ada")["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]
    with signed_in(classroom, "ada", **IMPATIENT | {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": retries}):
        experiment = connect(f"{service} is killed")
        with ThreadPoolExecutor(1) as pool:
            tuning = pool.submit(tune)
            while len(before := finished(experiment)) < 3:
                assert not tuning.done()
            kill(classroom, service)
            said = tuning.result()
        when_back(f"{service} is killed")
        after = finished(experiment)
        # A request whose answer was lost is sent again, so a child may be there twice.
        assert "finished is kept" in said or len(after) >= CHILDREN
        assert set(before.index) <= set(after.index)
        execute_tuning(1)
        assert len(finished(experiment)) == len(after) + 5


def test_it_is_healthy_only_with_its_database(classroom: Classroom) -> None:
    name = container(classroom, "mlflow")
    check = docker("inspect", "--format", "{{json .Config.Healthcheck.Test}}", name)
    ask = ["docker", "exec", name, *json.loads(check)[1:]]
    for action, healthy in (("pause", False), ("unpause", True)):
        classroom.server.compose(action, "postgres")
        assert (subprocess.run(ask, capture_output=True, check=False).returncode == 0) == healthy


def test_a_full_disk_loses_no_finished_run(classroom: Classroom) -> None:
    def on_disk(script: str) -> None:
        classroom.server.compose("exec", "-T", "holder", "sh", "-c", script)

    with signed_in(classroom, "ada", **IMPATIENT):
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
        when_back("full")
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


def text_of(run_id: str) -> str:
    return mlflow.artifacts.load_text(f"{MlflowClient().get_run(run_id).info.artifact_uri}/a.txt")


def test_a_dump_brings_back_runs_accounts_and_artifacts(
    classroom: Classroom, tmp_path: Path
) -> None:
    with signed_in(classroom, "ada"):
        connect("dumped")
        parent_id = execute_tuning(0)
        MlflowClient().log_text(parent_id, "kept", "a.txt")
    before, dump, torn = everything(classroom), tmp_path / "dump", tmp_path / "torn"
    classroom.server.dump(dump)
    assert dump.stat().st_mode & 0o777 == 0o700

    with pytest.raises(SharedServerError, match="exists"):
        classroom.server.dump(dump)
    torn.mkdir()
    with pytest.raises(SharedServerError, match=r"is no dump: it has no file database\.dump"):
        classroom.server.restore(torn)
    shutil.copytree(dump, torn, dirs_exist_ok=True)
    (torn / "database.dump").write_bytes((dump / "database.dump").read_bytes()[:30_000])
    with pytest.raises(SharedServerError):
        classroom.server.restore(torn)
    assert everything(classroom).keys() == before.keys()  # as it was

    # Another server's, of an older MLflow: all that is here is gone, and what was there is here.
    classroom.server.restore(OLDER)
    assert classroom.ask("ada", "GET", "/api/2.0/mlflow/users/list").status_code == 401
    lessons = [f"{student}-Nested Child Association" for student in STUDENTS]
    assert set(everything(classroom)) == {"Default", *lessons}
    with signed_in(classroom, "ada", MLFLOW_TRACKING_PASSWORD="the older password of ada"):
        older = connect("Nested Child Association")
        assert len(finished(older)) == 5
        named = "attributes.run_name = 'with a text'"
        (text,) = MlflowClient().search_runs([older.experiment_id], named)
        assert text_of(text.info.run_id) == "kept"
        execute_tuning(1)

    classroom.server.restore(dump)
    after = everything(classroom)
    assert after.keys() == before.keys()
    for name, runs in before.items():
        pd.testing.assert_frame_equal(after[name], runs, check_like=True)
    with signed_in(classroom, "ada"):
        assert text_of(parent_id) == "kept"
    route = f"/api/2.0/mlflow/runs/get?run_id={parent_id}"
    assert classroom.ask("bob", "GET", route).status_code == 403
