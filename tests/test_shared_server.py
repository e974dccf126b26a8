"""The shared server: what students and their instructor see of it, and what intruders do not."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mlflow
import pytest
import requests
import yaml
from mlflow import MlflowClient
from mlflow.entities import Metric

from classroom.server.shared_server import HERE, SECRETS, read_settings
from exercises.best_child import check
from helpers import ServerUnreachable, best_child, children, connect, execute_tuning, parents
from helpers.tracking import find_experiment, prefixed
from tests.shared import STUDENTS, Classroom, signed_in
from tests.submissions import SOLVED, STUDENT, submit
from tools.lab import right_answer

ROOT = HERE.parents[1]
LESSON = ROOT / "notebooks" / "02_nested_runs.ipynb"
NESTED = "Nested Child Association"


# What `connect` says


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ({"MLFLOW_TRACKING_USERNAME": "", "MLFLOW_TRACKING_PASSWORD": ""}, "users without a name"),
        ({"MLFLOW_TRACKING_PASSWORD": "wrong"}, "refuses ada with this password"),
        ({"MLFLOW_TRACKING_USERNAME": "nobody"}, "refuses nobody with this password"),
    ],
)
def test_connect_says_that_the_account_is_refused(
    classroom: Classroom, account: dict[str, str], said: str
) -> None:
    with signed_in(classroom, "ada", **account), pytest.raises(ServerUnreachable) as caught:
        connect(NESTED)
    assert said in str(caught.value)
    assert "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD" in str(caught.value)
    assert "docker compose" not in str(caught.value)  # a server is there


def test_connect_says_that_an_experiment_is_anothers(classroom: Classroom) -> None:
    with signed_in(classroom, "bob"):
        theirs = connect("theirs")
    with signed_in(classroom, "ada", EXPERIMENT_PREFIX=""):
        for ask in (connect, find_experiment):
            with pytest.raises(ServerUnreachable, match="'bob-theirs' is another account's"):
                ask(theirs.name)


# Lessons, exercises, grading


@pytest.fixture(scope="module")
def lessons_of_both(classroom: Classroom, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Lesson 02 as both students run it, at the same time."""
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "notebook"]
    command += ["--output-dir", str(tmp_path_factory.mktemp("lessons")), str(LESSON)]
    began = [
        subprocess.Popen(
            [*command, "--output", student],
            env=classroom.environment(student),
            stderr=subprocess.PIPE,
            text=True,
        )
        for student in STUDENTS
    ]
    said = [process.communicate()[1] for process in began]
    assert [process.returncode for process in began] == [0, 0], said


@pytest.mark.usefixtures("lessons_of_both")
def test_two_students_run_the_same_lesson_and_see_their_own_runs_only(classroom: Classroom) -> None:
    found = {}
    for student in STUDENTS:
        with signed_in(classroom, student):
            connect(NESTED)
            names = {experiment.name for experiment in MlflowClient().search_experiments()}
            assert names
            assert all(name.startswith(f"{student}-") for name in names)
            assert {f"{student}-{NESTED}"} <= names
            found[student] = set(parents(NESTED)["run_id"])
            assert len(found[student]) == 5
    assert not found["ada"] & found["bob"]


@pytest.mark.usefixtures("lessons_of_both")
def test_the_instructor_sees_all(classroom: Classroom) -> None:
    with signed_in(classroom, "admin"):
        for student in STUDENTS:
            family = parents(f"{student}-{NESTED}")
            assert len(family) == 5
            assert len(children(family["run_id"][0])) == 5


def test_nbval_checks_a_lesson_on_it(classroom: Classroom) -> None:
    lesson = str(LESSON.with_name("00_start_here.ipynb"))
    command = [sys.executable, "-m", "pytest", lesson, "-q", "--color=no", "-p", "no:xdist"]
    command += ["-p", "no:cacheprovider", f"--tracking-server={classroom.url}"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=classroom.environment("ada"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    with signed_in(classroom, "admin"):
        left = [e.name for e in MlflowClient().search_experiments() if e.name.startswith("nbval-")]
    assert left == []


def test_an_exercise_is_checked_on_it(classroom: Classroom) -> None:
    scope: dict[str, Any] = {}
    with signed_in(classroom, "ada"):
        connect("Parent Child Association Challenge")
        exec("from helpers import *\nfrom functools import partial\nimport mlflow, random", scope)
        exec(right_answer(), scope)
        assert check(scope["execute_tuning"]).passed


def test_models_are_registered_under_each_students_own_name(classroom: Classroom) -> None:
    for student in STUDENTS:
        with signed_in(classroom, student):
            connect("A real model")
            MlflowClient().create_registered_model(prefixed("Digits Classifier"))
            found = MlflowClient().search_registered_models()
            assert [model.name for model in found] == [f"{student}-Digits Classifier"]


def test_grading_does_not_depend_on_an_account(classroom: Classroom, tmp_path: Path) -> None:
    submit(SOLVED, tmp_path / "class" / "ada" / STUDENT.name)
    output = tmp_path / "grades.csv"
    command = [sys.executable, "-m", "classroom.grading", str(tmp_path / "class")]
    done = subprocess.run(
        [*command, "--output", str(output)],
        env={**classroom.environment("ada"), "MLFLOW_TRACKING_PASSWORD": "forgotten"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if "there is none here" in done.stderr:
        pytest.skip(done.stderr)
    assert output.exists(), done.stderr
    with output.open() as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["passed"]


def test_links_lead_to_a_page_that_asks_for_the_account(classroom: Classroom) -> None:
    with signed_in(classroom, "ada"):
        address = connect("links").link().url
    assert address.startswith(f"{classroom.url}/#/experiments/")
    refused = requests.get(address, timeout=10)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (
        401,
        'Basic realm="mlflow"',
    )
    assert (
        "<title>MLflow</title>"
        in requests.get(address, auth=classroom.account("ada"), timeout=10).text
    )


# Intruders: bob, who has an account, wants what is ada's


@pytest.fixture(scope="module")
def victim(classroom: Classroom) -> dict[str, str]:
    """What is ada's: her run, its experiment and its artifact, by the names of the routes below."""
    with signed_in(classroom, "ada"):
        experiment = connect("private")
        parent_id = execute_tuning(0)
        child = best_child(parent_id)
        with mlflow.start_run(run_id=child.info.run_id):
            mlflow.log_text("nobody else's", "secret.txt")
        MlflowClient().create_registered_model("ada-model")
    run_id, number = child.info.run_id, experiment.experiment_id
    return {"run": run_id, "experiment": number, "path": f"{number}/{run_id}/artifacts"}


def filled(what: Any, victim: dict[str, str]) -> Any:
    """A body or a route with ada's ids in the place of their names."""
    if isinstance(what, dict):
        return {key: filled(value, victim) for key, value in what.items()}
    if isinstance(what, list):
        return [filled(value, victim) for value in what]
    return what.format(**victim) if isinstance(what, str) else what


def snapshot(classroom: Classroom, victim: dict[str, str]) -> tuple[object, ...]:
    """All that an intruder could change, as the admin sees it."""
    with signed_in(classroom, "admin"):
        client = MlflowClient(classroom.url)
        runs = client.search_runs([victim["experiment"]], run_view_type=3)
        users = classroom.ask("admin", "GET", "/api/2.0/mlflow/users/list").json()["users"]
        return (
            [run.to_dictionary() for run in runs],
            dict(client.get_experiment(victim["experiment"])),
            [file.path for file in client.list_artifacts(victim["run"])],
            [(user["username"], user["is_admin"]) for user in users],
            [model.name for model in client.search_registered_models()],
        )


RUN, NUMBER = {"run_id": "{run}"}, {"experiment_id": "{experiment}"}
API = "/api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
OF_A_RUN = {
    "read": ("GET", f"{API}/runs/get?run_id={{run}}", None),
    "as the UI": ("GET", "/ajax-api/2.0/mlflow/runs/get?run_id={run}", None),
    "metrics": ("GET", f"{API}/metrics/get-history?run_id={{run}}&metric_key=metric1", None),
    "bulk": (
        "GET",
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={run}&metric_key=m",
        None,
    ),
    "metric": ("POST", f"{API}/runs/log-metric", {**RUN, "key": "m", "value": 1, "timestamp": 1}),
    "param": ("POST", f"{API}/runs/log-parameter", {**RUN, "key": "p", "value": "1"}),
    "batch": ("POST", f"{API}/runs/log-batch", {**RUN, "params": [{"key": "q", "value": "1"}]}),
    "tag": ("POST", f"{API}/runs/set-tag", {**RUN, "key": "t", "value": "1"}),
    "end": ("POST", f"{API}/runs/update", {**RUN, "status": "FAILED"}),
    "delete": ("POST", f"{API}/runs/delete", RUN),
    "list": ("GET", f"{API}/artifacts/list?run_id={{run}}", None),
    "artifact": ("GET", "/get-artifact?run_uuid={run}&path=secret.txt", None),
    "upload": ("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=x", {"x": 1}),
    "store": ("GET", f"{PROXY}/{{path}}/secret.txt", None),
    "store's list": ("GET", f"{PROXY}?path={{path}}", None),
    "overwrite": ("PUT", f"{PROXY}/{{path}}/secret.txt", {"x": 1}),
    "remove": ("DELETE", f"{PROXY}/{{path}}/secret.txt", None),
}
OF_AN_EXPERIMENT = {
    "read": ("GET", f"{API}/experiments/get?experiment_id={{experiment}}", None),
    "by name": ("GET", f"{API}/experiments/get-by-name?experiment_name=ada-private", None),
    "rename": ("POST", f"{API}/experiments/update", {**NUMBER, "new_name": "mine"}),
    "tag": ("POST", f"{API}/experiments/set-experiment-tag", {**NUMBER, "key": "t", "value": "1"}),
    "delete": ("POST", f"{API}/experiments/delete", NUMBER),
    "log": ("POST", f"{API}/runs/create", NUMBER),
    "the default": ("POST", f"{API}/runs/create", {"experiment_id": "0"}),
    "store's list": ("GET", f"{PROXY}?path={{experiment}}", None),
    "store": ("PUT", f"{PROXY}/{{experiment}}/x", {"x": 1}),
    "model": ("GET", f"{API}/registered-models/get?name=ada-model", None),
    "version": ("POST", f"{API}/model-versions/create", {"name": "ada-model", "source": "x"}),
}
OF_THE_ADMIN = {
    "read": ("GET", f"{API}/users/get?username=ada", None),
    "sign up": ("POST", f"{API}/users/create", {"username": "eve", "password": "password1234"}),
    "password": (
        "PATCH",
        f"{API}/users/update-password",
        {"username": "ada", "password": "x" * 12},
    ),
    "promote": ("PATCH", f"{API}/users/update-admin", {"username": "bob", "is_admin": True}),
    "delete": ("DELETE", f"{API}/users/delete", {"username": "ada"}),
    "as the UI": (
        "POST",
        "/ajax-api/2.0/mlflow/users/create",
        {"username": "eve", "password": "p"},
    ),
    "form": ("POST", f"{API}/users/create-ui", {"username": "eve", "password": "password1234"}),
    "role": ("POST", "/api/3.0/mlflow/roles/create", {"name": "r", "workspace": "default"}),
    "grant": (
        "POST",
        "/api/3.0/mlflow/users/permissions/grant",
        {"username": "bob", "resource_type": "experiment", "resource_id": "{experiment}"}
        | {"permission": "MANAGE"},
    ),
}
ATTACKS = {
    f"{whose}: {what}": attack
    for whose, attacks in (
        ("a run", OF_A_RUN),
        ("an experiment", OF_AN_EXPERIMENT),
        ("the admin", OF_THE_ADMIN),
    )
    for what, attack in attacks.items()
}


@pytest.mark.parametrize("who", ["bob", ""], ids=["bob", "nobody"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_is_anothers_is_refused(
    classroom: Classroom, victim: dict[str, str], attack: tuple[str, str, Any], who: str
) -> None:
    method, route, body = filled(list(attack), victim)
    answer = classroom.ask(who, method, route, json=body)
    assert answer.status_code in ({403, 400} if who else {401}), answer.text
    assert victim["run"] not in answer.text.replace(route, "")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_owner_herself_is_not_refused(
    classroom: Classroom, victim: dict[str, str], method: str
) -> None:
    """Else the tests above would pass on a server that refuses everything."""
    for attacks in (OF_A_RUN, OF_AN_EXPERIMENT):
        attacker = {k: a for k, a in attacks.items() if a[0] == method and k in {"read", "tag"}}
        for attack in attacker.values():
            _, route, body = filled(list(attack), victim)
            assert classroom.ask("ada", method, route, json=body).status_code == 200


def test_nothing_was_changed_by_all_that(classroom: Classroom, victim: dict[str, str]) -> None:
    before = snapshot(classroom, victim)
    for who in ("bob", ""):
        for attack in ATTACKS.values():
            method, route, body = filled(list(attack), victim)
            classroom.ask(who, method, route, json=body)
    assert snapshot(classroom, victim) == before


def test_searches_find_nothing_of_anothers(classroom: Classroom, victim: dict[str, str]) -> None:
    with signed_in(classroom, "bob"):
        client = MlflowClient(classroom.url)
        assert list(client.search_runs([victim["experiment"]])) == []
        assert all("ada" not in model.name for model in client.search_registered_models())
    query = """query GetRun($run: String!) { mlflowGetRun(input: {runId: $run})
               { run { info { experimentId } } apiError { message } } }"""
    body = {"query": query, "variables": {"run": victim["run"]}, "operationName": "GetRun"}
    for who in ("bob", ""):
        answer = classroom.ask(who, "POST", "/graphql", json=body)
        assert "experimentId" not in answer.text or '"experimentId": null' in answer.text


def test_an_experiment_over_anothers_artifacts_shows_none_of_them(
    classroom: Classroom, victim: dict[str, str]
) -> None:
    with signed_in(classroom, "bob"):
        client = MlflowClient(classroom.url)
        for location in (f"mlflow-artifacts:/{victim['path']}", "file:///var/tmp/artifacts"):
            try:
                number = client.create_experiment(f"bob-{location}", location)
            except mlflow.MlflowException:
                continue  # refused at once
            run = client.create_run(number)
            listing = f"{API}/artifacts/list?run_id={run.info.run_id}"
            for way in ("", "&path=..", "&path=../..", f"&path={victim['path']}"):
                assert "secret" not in classroom.ask("bob", "GET", listing + way).text
            for path in ("../secret.txt", "../../secret.txt", f"/{victim['path']}/secret.txt"):
                route = f"/get-artifact?run_uuid={run.info.run_id}&path={path}"
                assert "nobody else's" not in classroom.ask("bob", "GET", route).text


def test_of_other_students_the_names_are_all_that_is_listed(classroom: Classroom) -> None:
    """MLflow lists accounts to whoever has one (`validate_can_list_users`)."""
    users = classroom.ask("bob", "GET", f"{API}/users/list").json()["users"]
    assert "ada" in [user["username"] for user in users]
    assert [user["username"] for user in users if user["roles"]] in (["bob"], [])
    assert classroom.ask("", "GET", f"{API}/users/list").status_code == 401


OUTSIDE = [
    "../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252f..%252fetc%252fpasswd",
    "%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "1/../../../../etc/passwd",
    "..%5c..%5cetc%5cpasswd",
]


def sent_as_it_is(classroom: Classroom, who: str, method: str, route: str) -> requests.Response:
    """Send a request whose address keeps its dots, which `requests` would resolve."""
    account = classroom.account(who)
    request = requests.Request(method, classroom.url, auth=account, data=b"root:").prepare()
    request.url = classroom.url + route
    return requests.Session().send(request, timeout=20)


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("who", ["bob", "admin"])
def test_no_path_leads_out_of_the_artifact_store(
    classroom: Classroom, victim: dict[str, str], who: str, path: str
) -> None:
    for route in (f"{PROXY}/{path}", f"/get-artifact?run_uuid={victim['run']}&path={path}"):
        answer = sent_as_it_is(classroom, who, "GET", route)
        assert answer.status_code >= 400, answer.text
        assert "root:" not in answer.text
    for method in ("DELETE", "PUT", "DELETE"):  # one that the admin may put is within the store
        answer = sent_as_it_is(classroom, who, method, f"{PROXY}/{path}")
        assert answer.status_code >= 400 or who == "admin"
    found = classroom.server.compose("exec", "-T", "mlflow", "ls", "-A", "/var/tmp", "/tmp")
    assert "passwd" not in found.decode()
    assert "artifacts" in found.decode()


@pytest.mark.parametrize("who", ["ada", "admin"])
def test_a_forged_host_or_origin_is_refused(classroom: Classroom, who: str) -> None:
    route, body = f"{API}/experiments/create", {"name": f"forged by {who}"}
    for forged in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert classroom.ask(who, "POST", route, json=body, headers=forged).status_code == 403
    with signed_in(classroom, "admin"):
        assert MlflowClient(classroom.url).get_experiment_by_name(body["name"]) is None


# Many at once


def test_nobody_waits_for_a_connection_that_another_waits_with(classroom: Classroom) -> None:
    """Eight threads with seven connections stood still for thirty seconds here, then failed."""
    with signed_in(classroom, "ada"):
        client = MlflowClient()
        experiment = connect("Many at once").experiment_id
        runs = [client.create_run(experiment).info.run_id for _ in range(24)]

        def log(run_id: str) -> float:
            began = time.monotonic()
            for step in range(10):
                client.log_batch(run_id, metrics=[Metric("metric1", 1.0, 0, step)])
            return time.monotonic() - began

        with ThreadPoolExecutor(len(runs)) as pool:
            waits = list(pool.map(log, runs))
        steps = [len(client.get_metric_history(run_id, "metric1")) for run_id in runs]
    assert steps == [10] * 24
    assert max(waits) < 25  # seconds; the pool gives up after thirty


# The compose file


def test_it_is_as_hard_as_the_default_one() -> None:
    shared = yaml.safe_load((HERE / "docker-compose.yml").read_text())["services"]
    default = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["mlflow"]
    for key in ("read_only", "cap_drop", "security_opt"):
        assert {str(service[key]) for service in shared.values()} == {str(default[key])}
    assert shared["mlflow"]["user"] == default["user"]
    assert "ports" not in shared["postgres"]
    assert shared["postgres"]["networks"] == ["inside"]


def test_its_options_are_those_of_the_default_one_but_for_the_threads() -> None:
    texts = [(folder / "docker-compose.yml").read_text() for folder in (HERE, ROOT)]
    found = [re.search(r'--gunicorn-opts "(.*?)"', text, re.DOTALL) for text in texts]
    shared, default = (" ".join(options[1].split()) for options in found if options)
    assert shared == default.replace("--threads 8", "--threads 3")


def test_its_pools_fit_the_database() -> None:
    mlflow_ = yaml.safe_load((HERE / "docker-compose.yml").read_text())["services"]["mlflow"]
    size, overflow = (
        int(mlflow_["environment"][f"MLFLOW_SQLALCHEMYSTORE_{name}"])
        for name in ("POOL_SIZE", "MAX_OVERFLOW")
    )
    threads = int(re.findall(r"--threads (\d+)", str(mlflow_["command"]))[0])
    # Logging a batch takes two at once: if all threads hold one, one more sets them free.
    assert size + overflow > threads
    # 4 workers, 3 pools each, a connection or two of each pool in the process above them, and 3
    # that PostgreSQL keeps for itself.
    assert 4 * 3 * (size + overflow) + 3 * 2 + 3 <= 100


def test_its_secrets_are_its_owners_and_not_in_git(classroom: Classroom) -> None:
    assert classroom.server.settings.stat().st_mode & 0o777 == 0o600
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/classroom/server/.env", "/accounts/"} <= set(ignored)
    listed = classroom.server.compose("top").decode()
    secrets = read_settings(classroom.server.settings)
    assert all(secrets[name] not in listed for name in SECRETS)


def test_the_healthcheck_needs_the_database(classroom: Classroom) -> None:
    container = classroom.server.compose("ps", "--quiet", "mlflow").decode().strip()
    config = yaml.safe_load((HERE / "docker-compose.yml").read_text())
    check_ = config["services"]["mlflow"]["healthcheck"]["test"][1:]
    ask = ["docker", "exec", container, *check_]
    assert subprocess.run(ask, capture_output=True, check=False).returncode == 0
    classroom.server.compose("pause", "postgres")
    try:
        assert subprocess.run(ask, capture_output=True, check=False).returncode != 0
    finally:
        classroom.server.compose("unpause", "postgres")
    assert subprocess.run(ask, capture_output=True, check=False).returncode == 0
