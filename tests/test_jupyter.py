"""The MLflow UI under Jupyter's address and log-in: for its own pages, and for nobody else."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import mlflow
import pytest
import requests
from mlflow import MlflowClient

from helpers.tracking import Experiment
from tools.browser import TIMEOUT, expect
from tools.lab import Lab

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

API = "mlflow/ajax-api/2.0/mlflow"


@pytest.fixture(scope="module")
def student(lab: Lab, window: BrowserContext) -> Page:
    """A tab of a browser that is logged in to Jupyter."""
    page = window.new_page()
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    return page


def test_a_tile_opens_the_pages_for_training_runs(student: Page) -> None:
    with student.expect_popup() as opened:
        student.locator(".jp-LauncherCard").filter(has_text="MLflow").click()
    tab = opened.value
    expect(tab.get_by_role("heading", name="Experiments")).to_be_visible()
    expect(tab.get_by_role("link", name="Prompts")).to_have_count(0)  # that is for GenAI
    tab.close()


def test_a_stored_view_opens_there(
    student: Page, lab: Lab, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mlflow.start_run(run_name="a run with x"):
        mlflow.log_param("param1", "x")
    with mlflow.start_run(run_name="another"):
        pass
    monkeypatch.setenv("TRACKING_UI_URL", f"{lab.url}/mlflow")
    student.goto(experiment.link(filter_string="params.param1 = 'x'").url)
    expect(student.get_by_role("link", name="a run with x")).to_be_visible()
    expect(student.get_by_text("1 matching run")).to_be_visible()


class Anything(BaseHTTPRequestHandler):
    """A site that is not Jupyter."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Another site</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the other site; Jupyter's cookies are sent to any port of a host name."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Anything) as site:
        threading.Thread(target=site.serve_forever).start()
        yield site.server_port
        site.shutdown()


@pytest.fixture(params=["localhost", "127.0.0.1"])
def stranger(
    student: Page, window: BrowserContext, port: int, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of the other site, in the browser that is logged in to Jupyter."""
    page = window.new_page()
    page.goto(f"http://{request.param}:{port}")
    expect(page).to_have_title("Another site")
    yield page
    page.close()


FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, {credentials: "include", ...options});
        return answer.type === "opaque" ? "opaque" : await answer.text();
    } catch (error) { return String(error); }
}"""
JSON = {"Content-Type": "application/json"}
BLOCKED = "TypeError: Failed to fetch"


def test_its_own_page_reads_and_writes(student: Page, lab: Lab) -> None:
    """What the other site tries is what works from here."""
    student.goto(f"{lab.url}/mlflow/")
    name = f"test {uuid.uuid4().hex[:8]}"
    post = {"method": "POST", "headers": JSON, "body": f'{{"name": "{name}"}}'}
    assert "experiment_id" in student.evaluate(FETCH, [f"{lab.url}/{API}/experiments/create", post])
    found = f"{lab.url}/{API}/experiments/get-by-name?experiment_name={name}"
    assert name in student.evaluate(FETCH, [found, {}])


def test_its_own_page_uploads(student: Page, lab: Lab, run_id: str) -> None:
    student.goto(f"{lab.url}/mlflow/")
    route = f"{lab.url}/{API}/upload-artifact?run_uuid={run_id}&path=a.txt"
    student.evaluate(FETCH, [route, {"method": "POST", "body": "a"}])
    assert [found.path for found in MlflowClient().list_artifacts(run_id)] == ["a.txt"]


def test_another_site_reads_nothing(stranger: Page, lab: Lab, experiment: Experiment) -> None:
    listed = f"{lab.url}/{API}/experiments/search?max_results=1"
    assert stranger.evaluate(FETCH, [listed, {}]) == BLOCKED
    searched = f"{lab.url}/{API}/runs/search"
    body = f'{{"experiment_ids": ["{experiment.experiment_id}"]}}'
    assert stranger.evaluate(FETCH, [searched, {"method": "POST", "body": body}]) == BLOCKED


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("mode", ["cors", "no-cors"])
@pytest.mark.parametrize("headers", [JSON, {}], ids=["json", "plain"])
def test_another_site_makes_no_experiment(
    stranger: Page, lab: Lab, mode: str, method: str, headers: dict[str, str]
) -> None:
    name = f"test {uuid.uuid4().hex[:8]}"
    body = f'{{"name": "{name}"}}'
    options = {"method": method, "mode": mode, "headers": headers, "body": body}
    said = stranger.evaluate(FETCH, [f"{lab.url}/{API}/experiments/create", options])
    assert said in (BLOCKED, "opaque") or "is unsupported in no-cors mode" in said
    assert MlflowClient().get_experiment_by_name(name) is None


@pytest.fixture
def run_id(experiment: Experiment) -> str:
    with mlflow.start_run() as run:
        return run.info.run_id


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
def test_another_site_uploads_nothing(stranger: Page, lab: Lab, run_id: str, mode: str) -> None:
    """Of MLflow's routes, this one takes any type of content, for which no browser asks first."""
    route = f"{lab.url}/{API}/upload-artifact?run_uuid={run_id}&path=a.txt"
    said = stranger.evaluate(FETCH, [route, {"method": "POST", "mode": mode, "body": "a"}])
    assert said in (BLOCKED, "opaque")
    assert MlflowClient().list_artifacts(run_id) == []


def test_another_site_sends_no_form(stranger: Page, lab: Lab, run_id: str) -> None:
    """A form goes with the cookies of a log-in that is younger than two minutes, to any site."""
    route = f"{lab.url}/{API}/upload-artifact?run_uuid={run_id}&path=a.txt"
    stranger.set_content(
        f"""<form method="post" enctype="text/plain" action="{route}">
        <input name="a" value="b"><button>Win</button></form>"""
    )
    with stranger.expect_navigation():
        stranger.get_by_role("button").click()
    assert MlflowClient().list_artifacts(run_id) == []


def test_another_site_cannot_frame_it(stranger: Page, lab: Lab) -> None:
    stranger.set_content(f'<iframe src="{lab.url}/mlflow/"></iframe>')
    expect(
        stranger.frame_locator("iframe").get_by_role("heading", name="Experiments")
    ).to_have_count(0)
    stranger.wait_for_load_state("networkidle")
    assert "chrome-error" in stranger.frames[1].url


def test_a_link_from_elsewhere_opens_it(stranger: Page, lab: Lab) -> None:
    stranger.set_content(f'<a href="{lab.url}/mlflow/#/experiments">the runs</a>')
    stranger.get_by_role("link").click()
    expect(stranger.get_by_role("heading", name="Experiments").first).to_be_visible()


@pytest.mark.parametrize("path", ["mlflow/", f"{API}/experiments/search?max_results=1"])
def test_nobody_reads_without_the_token(lab: Lab, path: str) -> None:
    answer = requests.get(f"{lab.url}/{path}", timeout=TIMEOUT, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}])
def test_nobody_writes_without_the_token(lab: Lab, headers: dict[str, str]) -> None:
    name = f"test {uuid.uuid4().hex[:8]}"
    route = f"{lab.url}/{API}/experiments/create"
    answer = requests.post(route, json={"name": name}, headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 403
    assert MlflowClient().get_experiment_by_name(name) is None


def test_a_program_with_the_token_reads_and_writes(lab: Lab) -> None:
    name = f"test {uuid.uuid4().hex[:8]}"
    token = {"Authorization": f"token {lab.token}"}
    route = f"{lab.url}/{API}/experiments/create"
    answer = requests.post(route, json={"name": name}, headers=token, timeout=TIMEOUT)
    assert (
        MlflowClient().get_experiment_by_name(name).experiment_id == answer.json()["experiment_id"]
    )
