"""The shared server when something breaks under it, and when it comes back from a dump."""

import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mlflow
import pytest
import yaml
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from classroom.server.dumps import dump, restore
from classroom.server.shared_server import HERE, SharedServerError
from helpers import connect, execute_tuning
from helpers.tracking import Experiment
from tests.shared import STUDENTS, Classroom, signed_in, wait_for

OLDER = Path(__file__).parents[1] / "older_mlflow"  # a dump of a server of MLflow 3.12.0
CHILDREN = 25


def kill(classroom: Classroom, service: str) -> None:
    """Kill a container's first process as the kernel would: its restart is not ours."""
    name = classroom.server.compose("ps", "--quiet", service).decode().strip()
    asked = ["docker", "inspect", "--format", "{{.State.Pid}}", name]
    pid = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    killer = ["--pid=host", "--user=root", "--entrypoint=kill", "postgres:17", "-9", pid]
    subprocess.run(["docker", "run", "--rm", *killer], check=True)


def wait_until_back(classroom: Classroom) -> None:
    """Wait until the server refuses nobody's question by itself: its database answers, too."""
    wait_for(f"{classroom.url}/api/2.0/mlflow/users/current")


def finished(experiment: Experiment) -> set[str]:
    """The finished children, each of which must be complete."""
    asked = "attributes.status = 'FINISHED' AND tags.`mlflow.parentRunId` LIKE '%'"
    runs = MlflowClient().search_runs([experiment.experiment_id], asked)
    for run in runs:
        assert run.data.params.keys() == {"param1", "param2"}
        assert run.data.metrics.keys() == {"metric1", "metric2"}
        assert "test_identifier" in run.data.tags
    return {run.info.run_id for run in runs}


@pytest.mark.parametrize("service", ["mlflow", "postgres"])
def test_a_tuning_goes_on_or_says_what_to_do_when_one_is_killed(
    classroom: Classroom, service: str
) -> None:
    with signed_in(classroom, "ada"), ThreadPoolExecutor(1) as pool:
        experiment = connect(f"{service} is killed")
        tuning = pool.submit(execute_tuning, 0, num_child_runs=CHILDREN)
        while len(before := finished(experiment)) < 3:
            assert not tuning.done()
        kill(classroom, service)
        error = tuning.exception()
        wait_until_back(classroom)
        after = finished(experiment)
        # A request whose answer was lost is sent again, so a child may be there twice.
        assert isinstance(error, MlflowException) or len(after) >= CHILDREN
        assert before <= after
        execute_tuning(1)
        assert len(finished(experiment)) == len(after) + 5


def test_it_is_healthy_only_with_its_database(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "another.yml")  # what a shell has exported is not for it
    services = yaml.safe_load((HERE / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    check = ["exec", "-T", "mlflow", *services["mlflow"]["healthcheck"]["test"][1:]]
    classroom.server.compose(*check)
    classroom.server.compose("pause", "postgres")
    with pytest.raises(SharedServerError):
        classroom.server.compose(*check)
    classroom.server.compose("unpause", "postgres")
    classroom.server.start()  # at once, though Docker has not asked the database again


def test_a_full_disk_loses_no_finished_run(classroom: Classroom) -> None:
    def on_disk(script: str) -> None:
        classroom.server.compose("exec", "-T", "holder", "sh", "-c", script)

    with signed_in(classroom, "ada", MLFLOW_HTTP_REQUEST_MAX_RETRIES="1"):
        experiment = connect("full")
        parent_id = execute_tuning(0)
        before = finished(experiment)
        volumes = ("/database", "/artifacts")
        on_disk(";".join(f"cat /dev/zero >{volume}/ballast 2>&1" for volume in volumes) + "|| true")
        try:
            with pytest.raises(MlflowException):
                execute_tuning(0, num_child_runs=500)  # the last page may still have room
            with pytest.raises(Exception, match=r"50\d|Max retries"):
                MlflowClient().log_text(parent_id, "x" * 100_000, "large.txt")
            assert before <= finished(experiment)
        finally:
            on_disk("rm /database/ballast /artifacts/ballast")
        wait_until_back(classroom)
        assert before <= finished(experiment)
        execute_tuning(1)
        MlflowClient().log_text(parent_id, "x" * 100_000, "large.txt")


def everything(classroom: Classroom) -> dict[str, list[Any]]:
    """All runs by their experiments' names, as the instructor sees them."""
    with signed_in(classroom, "admin"):
        client = MlflowClient()
        return {
            experiment.name: [
                run.to_dictionary() for run in client.search_runs([experiment.experiment_id])
            ]
            for experiment in client.search_experiments()
        }


def log_one(classroom: Classroom, name: str) -> str:
    """Log a parent run with children and an artifact as ada; return its run ID."""
    with signed_in(classroom, "ada"):
        connect(name)
        parent_id = execute_tuning(0)
        MlflowClient().log_text(parent_id, "kept", "a.txt")
    return parent_id


def newer(classroom: Classroom, dump: Path) -> None:
    """Make a dump one of a newer MLflow, whose database this one does not know."""
    script = """
    createdb -U mlflow newer && pg_restore -U mlflow --dbname=newer --no-owner &&
    psql -U mlflow -qd newer -c "UPDATE alembic_version SET version_num = 'newer'" &&
    pg_dump -U mlflow --format=custom newer && dropdb -U mlflow newer
    """
    database = dump / "database.dump"
    with database.open("rb") as file:
        changed = classroom.server.compose("exec", "-T", "postgres", "sh", "-c", script, stdin=file)
    database.write_bytes(changed)


def torn(classroom: Classroom, dump: Path) -> None:
    database = dump / "database.dump"
    database.write_bytes(database.read_bytes()[:30_000])


def no_change_of_artifacts(classroom: Classroom, dump: Path) -> None:
    """Make the last step before the new start fail: MLflow's user cannot rename what is root's."""
    classroom.server.compose("exec", "-T", "holder", "chown", "root", "/artifacts/artifacts")


@pytest.mark.parametrize("fault", [torn, newer, no_change_of_artifacts])
def test_a_restore_that_fails_leaves_the_server_as_it_was(
    classroom: Classroom, tmp_path: Path, fault: Callable[[Classroom, Path], None]
) -> None:
    parent_id, folder = log_one(classroom, fault.__name__), tmp_path / "dump"
    shutil.copytree(OLDER, folder)
    before = everything(classroom)
    fault(classroom, folder)
    try:
        with pytest.raises(SharedServerError):
            restore(classroom.server, folder)
    finally:
        owned = ["chown", "nobody", "/artifacts/artifacts"]
        classroom.server.compose("exec", "-T", "holder", *owned)
    assert everything(classroom) == before
    with signed_in(classroom, "ada"):
        assert mlflow.artifacts.load_text(f"runs:/{parent_id}/a.txt") == "kept"
        execute_tuning(1)
    listed = classroom.server.compose("exec", "-T", "holder", "ls", "/artifacts")
    assert listed.split() == [b"artifacts"]


def test_a_dump_brings_back_runs_accounts_and_artifacts(
    classroom: Classroom, tmp_path: Path
) -> None:
    parent_id, folder = log_one(classroom, "dumped"), tmp_path / "dump"
    before = everything(classroom)
    dump(classroom.server, folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(SharedServerError, match="exists"):
        dump(classroom.server, folder)

    # Another server's, of an older MLflow: all that is here is gone, and what was there is here.
    restore(classroom.server, OLDER)
    assert classroom.ask("ada", "GET", "/api/2.0/mlflow/users/current").status_code == 401
    lessons = {f"{student}-Nested Child Association" for student in STUDENTS}
    assert everything(classroom).keys() == {"Default", *lessons}
    with signed_in(classroom, "ada", MLFLOW_TRACKING_PASSWORD="the older password of ada"):
        assert len(finished(connect("Nested Child Association"))) == 5
        execute_tuning(1)

    restore(classroom.server, folder)
    assert everything(classroom) == before
    with signed_in(classroom, "ada"):
        assert mlflow.artifacts.load_text(f"runs:/{parent_id}/a.txt") == "kept"
    route = f"/api/2.0/mlflow/runs/get?run_id={parent_id}"
    assert classroom.ask("bob", "GET", route).status_code == 403
