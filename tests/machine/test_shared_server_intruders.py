"""The shared server, as those find it who ask for what is another's."""

import json
import re
from typing import Any

import pytest
import requests
from mlflow import MlflowClient

from helpers import connect, execute_tuning
from tests.shared import NAME, Classroom, signed_in

API = "/api/2.0/mlflow"
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


def all_routes(classroom: Classroom) -> list[tuple[str, str]]:
    """All methods and routes of the server's MLflow."""
    store = '_MLFLOW_SERVER_FILE_STORE="$MLFLOW_BACKEND_STORE_URI"'
    command = f"{store} python3 -c '{ROUTES}'"
    output = classroom.server.compose("exec", "-T", "mlflow", "sh", "-c", command)
    routes = json.loads(output.splitlines()[-1])
    assert len(routes) > 300
    return sorted(routes)


@pytest.fixture(scope="module")
def adas(classroom: Classroom) -> dict[str, Any]:
    """What is ada's, by each name that a route or a request's body has for it."""
    with signed_in(classroom, "ada"):
        number = connect("private").experiment_id
        run_id = execute_tuning(0)
        client = MlflowClient()
        client.log_text(run_id, SECRET, "secret.txt")
        client.set_tag(run_id, "t", SECRET)
        client.set_experiment_tag(number, "t", SECRET)
        client.create_registered_model("ada-model", description=SECRET)
        model = client.create_logged_model(number, tags={"t": SECRET})
    runs = ("run_id", "run_uuid", "request_id", "trace_id")
    return dict.fromkeys(runs, run_id) | {
        "run_ids": [run_id],
        "experiment_id": number,
        "experiment_ids": [number],
        "experiment_name": "ada-private",
        "name": "ada-model",
        "model_id": model.model_id,
        "version": "1",
        "key": "t",
        "value": "1",
        "tags": [{"key": "t", "value": "1"}],
        "params": [{"key": "q", "value": "1"}],
        "username": "ada",
        "password": "password1234",
        "is_admin": True,
        "resource_type": "experiment",
        "resource_id": number,
        "permission": "MANAGE",
        "query": GRAPHQL,
        "variables": {"run": run_id},
    }


def ask_all(
    classroom: Classroom, who: str, routes: list[tuple[str, str]], adas: dict[str, Any]
) -> dict[str, requests.Response]:
    """Ask each route for what is ada's; with artifacts, by several paths."""
    answers = {}
    folder = f"{adas['experiment_id']}/{adas['run_id']}/artifacts"
    paths = ["secret.txt", folder, f"{folder}/secret.txt", "..%2f..%2f..%2f..%2fetc%2fpasswd"]
    for method, route in routes:
        if who and route.endswith(SLOW):
            continue
        for path in paths if "artifact" in route else paths[:1]:
            body = adas | {"path": path, "artifact_path": path}
            parts = re.split(r"<(?:\w+:)?(\w+)>", route)  # text, name, text, name, ...
            parts[1::2] = [str(body.get(name, body["run_id"])) for name in parts[1::2]]
            answer = classroom.ask(who, method, "".join(parts), json=body, params=body)
            answers[f"{method} {route} {path}"] = answer
    return answers


def test_nobody_sees_or_changes_what_is_anothers(
    classroom: Classroom, adas: dict[str, Any]
) -> None:
    routes = all_routes(classroom)
    reading = [(method, route) for method, route in routes if method == "GET"]

    def ada_reads() -> dict[str, str]:
        answers = ask_all(classroom, "ada", reading, adas)
        return {request: answer.text for request, answer in answers.items()}

    before = ada_reads()
    assert sum(SECRET in text for text in before.values()) > 10
    for who in ("bob", ""):
        answers = ask_all(classroom, who, routes, adas)
        leaks = [k for k, a in answers.items() if SECRET in a.text or "root:" in a.text]
        assert leaks == []
    open_to_all = {
        request.split()[1] for request, answer in answers.items() if answer.status_code != 401
    }
    assert [route for route in open_to_all if not route.startswith(PUBLIC)] == []
    assert ada_reads() == before


def test_an_experiment_over_anothers_artifacts_shows_none_of_them(
    classroom: Classroom, adas: dict[str, Any]
) -> None:
    folder = f"mlflow-artifacts:/{adas['experiment_id']}/{adas['run_id']}/artifacts"
    with signed_in(classroom, "bob"):
        run = MlflowClient().create_run(MlflowClient().create_experiment("bob-over", folder))
    for path in ("", "..", "secret.txt", "../secret.txt"):
        query = {"run_id": run.info.run_id, "run_uuid": run.info.run_id, "path": path}
        for route in (f"{API}/artifacts/list", "/get-artifact"):
            answer = classroom.ask("bob", "GET", route, params=query)
            assert not re.search(f"{SECRET}|file_size", answer.text)


def test_what_is_forged_is_refused(classroom: Classroom) -> None:
    school = {"Host": NAME, "Origin": f"https://{NAME}"}  # as a TLS proxy hands on MLflow's pages
    for name, forged, status in (
        ("own", {}, 200),
        ("page", {"Origin": "https://evil.example"}, 403),
        ("name", {"Host": "evil.example"}, 403),
    ):
        request = {"json": {"name": f"ada-{name}"}, "headers": school | forged}
        assert (
            classroom.ask("ada", "POST", f"{API}/experiments/create", **request).status_code
            == status
        )
