"""The shared server: what students and their instructor see of it."""

import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from classroom.server.shared_server import SECRETS
from exercises.accuse.case_on_server import close_case
from helpers import ServerUnreachable, children, connect, execute_tuning, parents
from helpers.tracking import find_experiment
from tests.shared import (
    NAME,
    SMALL,
    STUDENTS,
    Classroom,
    signed_in,
    skip_without_shared_server,
)
from tools.containers import shared_server
from tools.lesson_list import ROOT
from tools.temporary_server import free_url

NESTED = "Nested Child Association"
API = "/api/2.0/mlflow"


def refusal(classroom: Classroom, **account: str) -> str:
    """Return what `connect` says to ada with another account."""
    for _ in range(10):  # right after its start, the server may not answer in time
        with signed_in(classroom, "ada", **account), pytest.raises(ServerUnreachable) as caught:
            connect(NESTED)
        if not str(caught.value).startswith("Nothing answers"):
            break
    return str(caught.value)


def test_connect_says_that_the_account_is_refused(classroom: Classroom) -> None:
    for account, whom in (
        ({"MLFLOW_TRACKING_USERNAME": ""}, "users without a name"),
        ({"MLFLOW_TRACKING_PASSWORD": "wrong"}, "ada"),
    ):
        message = refusal(classroom, **account)
        assert f"refuses {whom} with this password. Set MLFLOW_TRACKING_USERNAME and" in message
        assert "docker compose" not in message  # a server is there


def test_a_case_that_is_not_there_is_closed_with_an_account_too(classroom: Classroom) -> None:
    """MLflow denies access to a model that does not exist, and `open_case` closes first."""
    with signed_in(classroom, "ada"):
        close_case()


def test_accounts_are_made_left_alone_and_reset_and_are_nobody_elses(classroom: Classroom) -> None:
    before = [classroom.settings(student) for student in STUDENTS]
    for options, action in (((), "new"), (("--reset", "cleo"), "reset")):
        done = classroom.make_accounts([*STUDENTS, "cleo"], *options)
        assert done.stdout.startswith(f"ada: left alone\nbob: left alone\ncleo: {action}\n")
        assert [classroom.settings(student) for student in STUDENTS] == before
        assert classroom.ask("cleo", "GET", f"{API}/users/current").ok
    refused = classroom.make_accounts(STUDENTS, "--reset", "dora")
    assert refused.stderr == "Cannot reset dora: there is no such account.\n"
    passwords = {settings["MLFLOW_TRACKING_PASSWORD"] for settings in before}
    assert [len(password) for password in passwords] == [20, 20]
    files = [*classroom.accounts.iterdir(), classroom.server.settings]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert classroom.accounts.stat().st_mode & 0o777 == 0o700
    pasted = f". {classroom.accounts}/ada.txt && echo $EXPERIMENT_PREFIX $MLFLOW_TRACKING_URI"
    done = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True)
    assert done.stdout == f"ada- https://{NAME}\n"
    processes = classroom.server.compose("top").decode()
    written = classroom.server.settings.read_text().splitlines()
    secrets = dict(line.split("=", 1) for line in written if line.startswith(SECRETS))
    assert secrets.keys() == {*SECRETS}
    assert not any(secret in processes for secret in secrets.values())


def test_students_see_their_own_and_the_instructor_sees_all(classroom: Classroom) -> None:
    for student in STUDENTS:
        with signed_in(classroom, student):
            connect(NESTED)
            parent_id = execute_tuning(0)
            assert list(parents(NESTED)["run_id"]) == [parent_id]
    with signed_in(classroom, "ada", EXPERIMENT_PREFIX=""):
        for ask in (connect, find_experiment):
            with pytest.raises(
                ServerUnreachable, match=f"'bob-{NESTED}' belongs to another account"
            ):
                ask(f"bob-{NESTED}")
    with signed_in(classroom, "admin"):
        for student in STUDENTS:
            [parent_id] = parents(f"{student}-{NESTED}")["run_id"]
            assert len(children(parent_id)) == 5
    # So a browser asks for the name and the password.
    assert classroom.ask("", "GET", "/").headers["WWW-Authenticate"] == 'Basic realm="mlflow"'


def test_a_lesson_runs_with_an_account(classroom: Classroom) -> None:
    lesson = ROOT / "notebooks" / "solutions" / "02_nested_runs.ipynb"
    command = [sys.executable, "-m", "pytest", lesson, "-qp", "no:cacheprovider"]
    command += [f"--tracking-server={classroom.url}"]
    with signed_in(classroom, "ada"):
        subprocess.run(command, cwd=ROOT, check=True)


def test_a_permission_counts_at_once_and_ends_at_once(classroom: Classroom) -> None:
    with signed_in(classroom, "bob"):
        experiment = connect("lent").experiment_id
        run_id = execute_tuning(0, num_child_runs=1)
    lent = {"username": "ada", "resource_type": "experiment", "resource_id": experiment}

    def bob_may(what: str) -> bool:
        route = f"/api/3.0/mlflow/users/permissions/{what}"
        return classroom.ask("bob", "POST", route, json=lent | {"permission": "EDIT"}).ok

    def tag(key: str) -> int:
        body = {"run_id": run_id, "params": [{"key": key, "value": "by ada"}]}
        return classroom.ask("ada", "POST", f"{API}/runs/log-batch", json=body).status_code

    def ada_logs() -> set[int]:
        """The statuses of attempts that come at once, more than the workers have threads."""
        with ThreadPoolExecutor(26) as pool:
            return set(pool.map(tag, string.ascii_letters))

    assert ada_logs() == {403}
    assert bob_may("grant")
    assert ada_logs() == {200}
    assert bob_may("revoke")
    assert ada_logs() == {403}


def test_without_a_proxy_the_server_speaks_http_to_code_and_browsers(tmp_path: Path) -> None:
    skip_without_shared_server()
    url = free_url()
    name = url.replace("http://localhost", "class.example")
    settings = {"CLASSROOM_LISTEN": "0.0.0.0", "CLASSROOM_NAME": name}
    with shared_server(tmp_path, url, SMALL, **settings) as server:
        # It listens to the network: under every address of this machine, not 127.0.0.1 alone.
        alone = Classroom(server, url.replace("localhost", "127.0.0.2"), tmp_path / "accounts")
        done = alone.make_accounts(["ada"])
        assert done.returncode == 0, done.stderr
        assert f"MLFLOW_TRACKING_URI=http://{name}\n" in (alone.accounts / "ada.txt").read_text()
        # What a browser sends with the requests of the pages that it has from there.
        for origin, status in ((f"http://{name}", 200), ("http://evil.example", 403)):
            request = {"json": {"max_results": 1}, "headers": {"Host": name, "Origin": origin}}
            route = "/ajax-api/2.0/mlflow/experiments/search"
            assert alone.ask("ada", "POST", route, **request).status_code == status
