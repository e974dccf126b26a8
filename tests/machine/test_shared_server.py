"""The shared server: what students and their instructor see of it, and what intruders do not."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import pytest
import requests
from mlflow import MlflowClient

from classroom.server.shared_server import HERE, SECRETS, read_settings
from exercises.nest import check
from helpers import ServerUnreachable, best_child, children, connect, execute_tuning, parents
from helpers.tracking import find_experiment
from tests.shared import NAME, STUDENTS, Classroom, signed_in
from tools.browser import HIDE_ASSISTANT, expect
from tools.lessons import ROOT
from tools.servers import free_url
from tools.student_copies import solutions

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SOLVED = ROOT / "notebooks" / "solutions"
NESTED = "Nested Child Association"
API = "/api/2.0/mlflow"


# Accounts


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


def test_accounts_are_made_left_alone_and_reset(classroom: Classroom, tmp_path: Path) -> None:
    students, before = tmp_path / "students.csv", [classroom.settings(one) for one in STUDENTS]
    students.write_text("student\nada\nbob\ncleo\n")
    for options, said in (
        ((), "ada: left alone\nbob: left alone\ncleo: new\n"),
        (("--reset", "cleo"), "ada: left alone\nbob: left alone\ncleo: reset\n"),
    ):
        assert classroom.make_accounts(students, *options).stdout.startswith(said)
        assert [classroom.settings(one) for one in STUDENTS] == before
        assert classroom.ask("cleo", "GET", f"{API}/users/current").status_code == 200
    refused = classroom.make_accounts(students, "--reset", "dora")
    assert (refused.returncode, refused.stderr) == (1, "There is no account dora to reset.\n")


def test_passwords_are_strong_and_nobody_elses(classroom: Classroom) -> None:
    passwords = {classroom.account(student)[1] for student in STUDENTS}
    assert len(passwords) == len(STUDENTS)
    assert all(re.fullmatch(r"[A-Za-z0-9]{20}", password) for password in passwords)
    files = [*classroom.accounts.iterdir(), classroom.server.settings]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert classroom.accounts.stat().st_mode & 0o777 == 0o700
    words = "$MLFLOW_TRACKING_USERNAME $EXPERIMENT_PREFIX $MLFLOW_TRACKING_URI"
    script = f". {classroom.accounts}/ada.txt && echo {words}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"ada ada- https://{NAME}\n"
    listed, secrets = (
        classroom.server.compose("top").decode(),
        read_settings(classroom.server.settings),
    )
    assert all(secrets[name] not in listed for name in SECRETS)


# Lessons and exercises


def opened(window: BrowserContext, classroom: Classroom, who: str, address: str) -> Page:
    """A page of the MLflow UI in a browser of one's own, after the name and password."""
    name, password = classroom.account(who)
    assert window.browser
    context = window.browser.new_context(http_credentials={"username": name, "password": password})
    context.add_init_script(HIDE_ASSISTANT)
    page = context.new_page()
    page.goto(address)
    return page


def test_students_see_their_own_and_the_instructor_sees_all(
    classroom: Classroom, window: BrowserContext
) -> None:
    links = {}
    for student in STUDENTS:
        with signed_in(classroom, student):
            links[student] = connect(NESTED).link().url
            parent_id = execute_tuning(0, test_identifier=f"of_{student}")
            assert list(parents(NESTED)["run_id"]) == [parent_id]
            names = [experiment.name for experiment in MlflowClient().search_experiments()]
            assert f"{student}-{NESTED}" in names
            assert all(name.startswith(f"{student}-") for name in names)
    with signed_in(classroom, "ada", EXPERIMENT_PREFIX=""):
        for ask in (connect, find_experiment):
            with pytest.raises(ServerUnreachable, match=f"'bob-{NESTED}' is another account's"):
                ask(f"bob-{NESTED}")
    with signed_in(classroom, "admin"):
        for student in STUDENTS:
            [parent_id] = parents(f"{student}-{NESTED}")["run_id"]
            assert len(children(parent_id)) == 5

    assert (
        requests.get(links["ada"], timeout=10).headers["WWW-Authenticate"] == 'Basic realm="mlflow"'
    )
    for student, other in (STUDENTS, STUDENTS[::-1]):
        page = opened(window, classroom, student, links[student])
        expect(page.get_by_role("link", name=f"parent_run_test_of_{student}_0")).to_be_visible()
        page.goto(f"{classroom.url}/#/experiments?workflowType=machine_learning")
        expect(page.get_by_role("row").filter(has_text=f"{student}-{NESTED}")).to_be_visible()
        expect(page.get_by_text(f"{other}-")).to_have_count(0)
        page.goto(links[other])
        expect(page.get_by_role("heading", name="Error")).to_be_visible()
        expect(page.get_by_text(f"of_{other}")).to_have_count(0)
        page.context.close()
    page = opened(window, classroom, "admin", links["bob"])
    expect(page.get_by_role("link", name="parent_run_test_of_bob_0")).to_be_visible()
    page.context.close()


def test_a_lesson_and_an_exercise_are_checked_on_it(classroom: Classroom) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(SOLVED / "00_start_here.ipynb"),
        "-q",
        "--color=no",
        "-p",
        "no:xdist",
    ]
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
        left = [experiment.name for experiment in MlflowClient().search_experiments()]
        assert [name for name in left if name.startswith("nbval-")] == []
    scope: dict[str, Any] = {}
    nest = solutions(SOLVED / "02_nested_runs.ipynb")[0]
    with signed_in(classroom, "ada"):
        connect(NESTED)
        exec(f"import mlflow; from helpers import *\n{nest}", scope)
        assert check(scope["nest"]).passed


def test_a_permission_counts_at_once_and_ends_within_ten_seconds(classroom: Classroom) -> None:
    """By quick_permissions.py, which remembers what a student may do."""
    with signed_in(classroom, "bob"):
        experiment = connect("lent").experiment_id
        run_id = execute_tuning(0, num_child_runs=1)
    lent = {"username": "ada", "resource_type": "experiment", "resource_id": experiment}

    def logs(key: str) -> set[int]:
        """The statuses of more attempts than there are workers, so each of them is asked."""
        route = f"{API}/runs/log-batch"
        bodies = (
            {"run_id": run_id, "params": [{"key": f"{key}{n}", "value": "1"}]} for n in range(8)
        )
        return {classroom.ask("ada", "POST", route, json=body).status_code for body in bodies}

    def bob_may(what: str) -> bool:
        route = f"/api/3.0/mlflow/users/permissions/{what}"
        return classroom.ask("bob", "POST", route, json=lent | {"permission": "EDIT"}).ok

    assert logs("before") == {403}
    assert bob_may("grant")
    assert logs("lent") == {200}
    assert bob_may("revoke")
    time.sleep(10.5)
    assert logs("after") == {403}


# Intruders


SECRET = "nobody else's business"
ROUTES = """
import json
from mlflow.server import app
from mlflow.server.auth import create_app
rules = (create_app(app) or app).url_map.iter_rules()
print(json.dumps([(m, r.rule) for r in rules for m in r.methods - {"HEAD", "OPTIONS"}]))
"""
GRAPHQL = """query GetRun($run: String!) { mlflowGetRun(input: {runId: $run})
             { run { info { experimentId } data { tags { value } } } } }"""
SLOW = ("/gateway/supported-models", "/demo/generate")  # ask the internet; make many traces
PUBLIC = (
    "/build/",
    "/health",
    "/static-files/",
    "/version",
    "/api/3.0/mlflow/server-info",
    "/ajax-api/3.0/mlflow/server-info",
)


@pytest.fixture(scope="module")
def routes(classroom: Classroom) -> list[tuple[str, str]]:
    """All methods and routes of the server's MLflow."""
    store = '_MLFLOW_SERVER_FILE_STORE="$MLFLOW_BACKEND_STORE_URI"'
    command = f"{store} python3 -c '{ROUTES}'"
    said = classroom.server.compose("exec", "-T", "mlflow", "sh", "-c", command)
    found = json.loads(said.splitlines()[-1])
    assert len(found) > 300
    return sorted(found)


@pytest.fixture(scope="module")
def victim(classroom: Classroom) -> dict[str, Any]:
    """What is ada's, by each name that a route or a request's body has for it."""
    with signed_in(classroom, "ada"):
        number = connect("private").experiment_id
        run_id = best_child(execute_tuning(0)).info.run_id
        client = MlflowClient()
        client.log_text(run_id, SECRET, "secret.txt")
        client.set_tag(run_id, "t", SECRET)
        client.set_experiment_tag(number, "t", SECRET)
        client.create_registered_model("ada-model", description=SECRET)
        model = client.create_logged_model(number, tags={"t": SECRET})
    return {
        **dict.fromkeys(("run_id", "run_uuid", "request_id", "trace_id"), run_id),
        **{"run_ids": [run_id], "experiment_id": number, "experiment_ids": [number]},
        **{"experiment_name": "ada-private", "name": "ada-model", "new_name": "mine"},
        **{"model_id": model.model_id, "version": "1", "source": "x", "metric_key": "metric1"},
        **{"key": "t", "value": "1", "timestamp": 1, "tag_key": "t", "status": "FAILED"},
        **{"tags": [{"key": "t", "value": "1"}], "params": [{"key": "q", "value": "1"}]},
        **{"username": "ada", "password": "password1234", "is_admin": True, "role_id": 1},
        **{"resource_type": "experiment", "resource_id": number, "permission": "MANAGE"},
        **{"query": GRAPHQL, "variables": {"run": run_id}, "operationName": "GetRun"},
    }


def attack(
    classroom: Classroom, who: str, asked: list[tuple[str, str]], victim: dict[str, Any]
) -> dict[str, requests.Response]:
    """Ask each route for what is the victim's; with artifacts, by several paths."""
    answers = {}
    folder = f"{victim['experiment_id']}/{victim['run_id']}/artifacts"
    paths = ["secret.txt", folder, f"{folder}/secret.txt", "..%2f..%2f..%2f..%2fetc%2fpasswd"]
    for method, route in asked:
        if who and route.endswith(SLOW):
            continue
        for path in paths if "artifact" in route else paths[:1]:
            told = victim | {"path": path, "artifact_path": path}
            filled = re.sub(
                r"<(?:\w+:)?(\w+)>",
                lambda name: str(told.get(name[1], told["run_id"])),  # noqa: B023
                route,
            )
            answer = classroom.ask(who, method, filled, json=told, params=told)
            answers[f"{method} {route} {path}"] = answer
    return answers


def snapshot(classroom: Classroom, victim: dict[str, Any]) -> tuple[object, ...]:
    """All that an intruder could change, as the admin sees it."""
    with signed_in(classroom, "admin"):
        client, users = MlflowClient(), classroom.ask("admin", "GET", f"{API}/users/list").json()
        runs = client.search_runs([victim["experiment_id"]], run_view_type=3)
        text = mlflow.artifacts.load_text(f"runs:/{victim['run_id']}/secret.txt")
        return (
            text,
            [run.to_dictionary() for run in runs],
            dict(client.get_experiment(victim["experiment_id"])),
            [file.path for file in client.list_artifacts(victim["run_id"])],
            [(user["username"], user["is_admin"]) for user in users["users"]],
            dict(client.get_registered_model("ada-model")),
            client.get_logged_model(victim["model_id"]).to_dictionary(),
        )


def test_nobody_sees_or_changes_what_is_anothers(
    classroom: Classroom, routes: list[tuple[str, str]], victim: dict[str, Any]
) -> None:
    before = snapshot(classroom, victim)
    for who in ("bob", ""):
        answers = attack(classroom, who, routes, victim)
        shown = [
            asked for asked, one in answers.items() if SECRET in one.text or "root:" in one.text
        ]
        assert shown == []
    open_to_all = {asked.split()[1] for asked, one in answers.items() if one.status_code != 401}
    assert [route for route in open_to_all if not route.startswith(PUBLIC)] == []
    assert snapshot(classroom, victim) == before
    # Else all this would hold of a server that refuses everything.
    reading = [(method, route) for method, route in routes if method == "GET"]
    mine = attack(classroom, "ada", reading, victim).values()
    assert sum(SECRET in answer.text for answer in mine) > 10


def test_an_experiment_over_anothers_artifacts_shows_none_of_them(
    classroom: Classroom, victim: dict[str, Any]
) -> None:
    folder = f"{victim['experiment_id']}/{victim['run_id']}/artifacts"
    with signed_in(classroom, "bob"):
        client = MlflowClient()
        for location in (f"mlflow-artifacts:/{folder}", "file:///var/tmp/artifacts"):
            try:
                number = client.create_experiment(f"bob-{location}", location)
            except mlflow.MlflowException:
                continue  # refused at once
            run_id = client.create_run(number).info.run_id
            for path in ("", "..", "../secret.txt", "secret.txt", f"{folder}/secret.txt"):
                for route in (f"{API}/artifacts/list", "/get-artifact"):
                    told = {"run_id": run_id, "run_uuid": run_id, "path": path}
                    assert "secret.txt" not in classroom.ask(
                        "bob", "GET", route, params=told
                    ).text.replace(path, "")


# Behind a school's TLS proxy


@pytest.fixture
def school(classroom: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Caddy with the page's own Caddyfile: the address for students, whose certificate counts."""
    if (caddy := shutil.which("caddy")) is None:
        pytest.skip("needs caddy: sudo apt install caddy")
    ports = [free_url().rsplit(":", 1)[1] for _ in "ab"]
    found = re.search(r"```caddyfile\n(.*?)```", (HERE / "shared_server.md").read_text(), re.DOTALL)
    assert found, "shared_server.md has no Caddyfile any more"
    # Here: another port than 443, and a certificate that no public authority has to give.
    local = "{{\n admin off\n http_port {}\n https_port {}\n skip_install_trust\n}}\n".format(
        *ports
    )
    site = found[1].replace("{\n", "{\n tls internal\n", 1)
    site = site.replace("localhost:8080", classroom.url.removeprefix("http://"))
    (tmp_path / "Caddyfile").write_text(local + site)
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [caddy, "run", "--config", str(tmp_path / "Caddyfile")],
            env={"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
            stderr=log,
        )
    resolve = socket.getaddrinfo

    def resolved(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        # As the school's name server and port 443 would have it.
        here = ("127.0.0.1", int(ports[1])) if host == NAME else (host, port)
        return resolve(*here, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    root = tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(root))
    monkeypatch.setenv("no_proxy", NAME)
    try:
        deadline = time.monotonic() + 30
        while "certificate obtained" not in (log := (tmp_path / "log").read_text()):
            assert process.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.1)
        yield f"https://{NAME}"
    finally:
        process.terminate()
        process.wait()


def test_a_student_works_behind_a_proxy_and_forged_requests_are_refused(
    classroom: Classroom, school: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signed_in(classroom, "ada", MLFLOW_TRACKING_URI=school):
        experiment = connect("behind a proxy")
        execute_tuning(0)
        assert len(parents("behind a proxy")) == 1
        assert experiment.link().url.startswith(f"{school}/#/experiments/")
    route, account = f"{API}/experiments/create", classroom.account("ada")
    for number, (at, forged, status) in enumerate(
        [
            (school, {"Origin": school}, 200),  # as MLflow's own pages send it
            (school, {"Origin": "https://evil.example"}, 403),
            (classroom.url, {"Origin": "https://evil.example"}, 403),
            (classroom.url, {"Host": "evil.example"}, 403),
        ]
    ):
        body = {"name": f"ada-{number}"}
        answer = requests.post(at + route, json=body, headers=forged, auth=account, timeout=20)
        assert answer.status_code == status, answer.text
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    ada = signed_in(classroom, "ada", MLFLOW_TRACKING_URI=school)
    with ada, pytest.raises(ConnectionError, match="Nothing answers"):  # by this certificate
        connect("behind a proxy")
