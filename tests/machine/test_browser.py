"""What a student sees in a new browser: JupyterLab as `make lab` starts it, and the MLflow UI.

The tests go one after the other through the same JupyterLab and the same browser, which has no
profile when the first one begins.
"""

from __future__ import annotations

import functools
import os
import random
import re
import threading
import uuid
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import pytest
import requests
from mlflow import MlflowClient

from helpers import children, connect, execute_tuning, parents
from helpers.links import model_link, run_link
from tools.browser import TIMEOUT, chromium, click_in_the_ui, expander, expect, find_chromium
from tools.lab import CHALLENGE, Lab, Notebook, right_answer
from tools.lessons import COURSE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

START = COURSE[0]
API = "mlflow/ajax-api/2.0/mlflow"
CUT = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, {credentials: "include", ...options});
        return answer.type === "opaque" ? "opaque" : await answer.text();
    } catch (error) { return String(error); }
}"""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser without a profile: the MLflow Assistant opens, as it does the first time."""
    pytest.importorskip("playwright", reason="needs playwright: make setup EXTRAS=1")
    if find_chromium() is None:
        pytest.skip("needs Chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("chromium"), assistant=True) as started:
        yield started


@pytest.fixture(scope="module")
def page(window: BrowserContext) -> Page:
    return window.new_page()


def rows(page: Page, *names: str) -> None:
    """Expect the table of runs, with these names as its first rows."""
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    for number, name in enumerate(names):
        expect(row(page, number).get_by_role("link")).to_have_text(name)


def row(page: Page, number: int) -> Locator:
    return page.locator(f'[row-index="{number}"]')


def follow(lesson: Notebook, cell_id: str) -> Page:
    """Click the link that a cell shows; it opens in a new tab."""
    with lesson.page.expect_popup() as opened:
        lesson.cell(cell_id).locator(".jp-OutputArea a").click()
    return opened.value


def test_nobody_reads_or_writes_without_the_token(lab: Lab) -> None:
    token = {"Authorization": f"token {lab.token}"}
    ask = functools.partial(requests.request, timeout=TIMEOUT, allow_redirects=False)
    for path in ("mlflow/", f"{API}/experiments/search?max_results=1"):
        said = ask("GET", f"{lab.url}/{path}")
        assert (said.status_code, said.headers["Location"].partition("?")[0]) == (302, "/login")
        assert ask("GET", f"{lab.url}/{path}", headers=token).ok
    create, new = f"{lab.url}/{API}/experiments/create", {"name": f"test {uuid.uuid4().hex[:8]}"}
    for wrong in ({}, {"Authorization": "token wrong"}):
        assert ask("POST", create, headers=wrong, json=new).status_code == 403
    assert "experiment_id" in ask("POST", create, headers=token, json=new).json()  # none was there


def test_each_click_of_lesson_00(page: Page, lab: Lab) -> None:
    page.goto(lab.start_page)
    lesson = Notebook(page, START)
    address = f"{lab.url}/lab/tree/notebooks/{START}.ipynb"
    expect(page).to_have_url(address)
    assert f"{address}?token=" in lab.log.read_text()  # for another browser than it opens
    expect(page.get_by_role("listitem").first).to_contain_text(f"{START}.ipynb")  # no solutions
    lesson.start()
    lesson.finish()
    expect(lesson.errors).to_have_count(0)

    texts = {cell.id: cell.source for cell in lesson.source.cells}
    tab = follow(lesson, "first-run")
    expect(tab.get_by_role("heading", name="my first run")).to_be_visible()
    assert "**×**" in texts["first-run-read"]
    expect(tab.get_by_text("Welcome to MLflow")).to_be_visible()
    click_in_the_ui(tab, "×").click()
    tab.close()
    tab = follow(lesson, "runs-link")
    rows(tab, "my first run")
    expect(tab.get_by_text("Welcome to MLflow")).to_have_count(0)  # it stays closed
    assert "*shared view*" in texts["first-run-read"]
    tab.get_by_role("button", name="Hide banner").click()  # its ×
    expect(tab.get_by_text("shared view")).to_have_count(0)
    tab.close()

    first, *others = re.findall(r"^\d\. \*\*(.+?)\*\*", texts["ui-read"], re.M)
    first = f"{os.environ['EXPERIMENT_PREFIX']}browser-{first}"
    for clicks in ([first, *others], [first]):  # the next time, the first click is enough
        tab = follow(lesson, "ui")
        runs = tab.get_by_role("link", name="my first run").first
        for name in clicks:
            expect(runs).to_be_hidden()
            click_in_the_ui(tab, name).click()
        expect(runs).to_be_visible()
        expect(tab.get_by_role("link", name="Prompts")).to_have_count(0)  # that is for GenAI
        tab.close()
    lesson.cell("lessons").get_by_role("link", name="cheat sheet").click()
    expect(page.get_by_role("tab", name="cheat_sheet.ipynb")).to_be_visible()


def test_the_challenge_as_a_student_goes_through_it(page: Page, lab: Lab) -> None:
    lesson = lab.open(page, CHALLENGE)
    lesson.start()
    lesson.finish()
    check = lesson.cell("check-execute-tuning")
    expect(check).to_contain_text("NOT SOLVED YET")
    lesson.type("execute-tuning", right_answer().replace("min(results", "max(results"))
    lesson.run("execute-tuning")
    lesson.run("check-execute-tuning")
    expect(check).to_contain_text("NOT RIGHT YET: 9 of 11")
    expect(check).to_contain_text(re.compile("Expected.*Found.*Where to look", re.DOTALL))
    lesson.run("hint-code").get_by_text("Hint 1 of").click()
    expect(lesson.cell("hint-code").get_by_text("About: best_metric1")).to_be_visible()

    lesson.type("execute-tuning", right_answer())
    lesson.run("execute-tuning")
    lesson.run("check-execute-tuning")
    expect(check).to_contain_text("SOLVED: 11 of 11")
    expect(lesson.run("solution-code")).to_contain_text("def execute_tuning")
    code = [cell.id for cell in lesson.source.cells if cell.cell_type == "code"]
    for cell_id in code[code.index("find-code") :]:
        lesson.run(cell_id)
    expect(lesson.cell("figure-code").locator("img")).to_be_visible()
    ranked = lesson.cell("rank-code").locator("tbody th").all_inner_texts()
    assert len(ranked) == 5
    expect(lesson.errors).to_have_count(0)
    page.set_viewport_size({"width": 900, "height": 900})
    assert lesson.panel.locator(".jp-CodeCell .cm-scroller").evaluate_all(CUT) == []
    page.set_viewport_size({"width": 1400, "height": 900})
    tab = follow(lesson, "rank-link")
    rows(tab, *ranked)
    expect(tab.get_by_role("button", name="Sort: best_metric1")).to_be_visible()
    tab.close()


def test_the_mlflow_ui_shows_what_the_lessons_say_of_it(page: Page) -> None:
    random.seed(0)
    experiment, client = connect(f"test {uuid.uuid4().hex[:8]}"), MlflowClient()
    parent = "parent_run_test_{}_0".format
    other = execute_tuning(0, ["x"], ["u"], "other")
    execute_tuning(0, ["x", "y", "z"], ["u", "v", "w"], "tag")
    runs = parents(experiment, test_identifier="tag")
    family = children(runs["run_id"].item())
    newest = list(family["tags.mlflow.runName"])[::-1]

    page.goto(experiment.link().url)
    rows(page, parent("tag"), parent("other"))
    expect(row(page, 2)).to_have_count(0)
    expect(page.get_by_role("columnheader", name="param2", exact=True).first).to_be_visible()
    expander(page, 0).click()
    rows(page, parent("tag"), *newest, parent("other"))
    row(page, 6).locator("input[type=checkbox]").first.check(force=True)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete selected and children").click()
    expect(page.get_by_role("link", name=parent("other"))).to_have_count(0)
    assert mlflow.get_run(other).info.lifecycle_stage == "deleted"
    assert len(children(other)) == 0

    page.goto(experiment.link(filter_string="tags.test_identifier = 'tag'").url)
    rows(page, parent("tag"))
    page.get_by_role("button", name="Group by").click()
    page.get_by_role("menuitemcheckbox").get_by_text("test_identifier").click()
    expect(row(page, 0).filter(has_text=re.compile(r"Group: tag\s*6"))).to_be_visible()
    for number, name in enumerate([*newest, parent("tag")], start=1):
        expect(row(page, number).get_by_role("link")).to_have_text(name)

    name = f"a model of {experiment.name}"
    client.create_registered_model(name)
    tuning = mlflow.get_run(runs["run_id"].item())
    for link, heading in (
        (model_link("the model", name), name),
        (run_link(mlflow.get_run(other)), parent("other")),  # though it is deleted
        (run_link(tuning), parent("tag")),
    ):
        page.goto(link.url)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("run_._test_0"))).to_have_count(5)
    client.delete_registered_model(name)


def test_the_mlflow_ui_in_jupyter_is_for_its_own_pages_and_for_no_other_site(
    window: BrowserContext, page: Page, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    with page.expect_popup() as opened:
        page.locator(".jp-LauncherCard").filter(has_text="MLflow").click()
    own = opened.value
    expect(own.get_by_role("heading", name="Experiments")).to_be_visible()
    experiment = connect(f"test {uuid.uuid4().hex[:8]}")
    for value in "xy":
        with mlflow.start_run(run_name=f"a run with {value}") as run:
            mlflow.log_param("param1", value)
    monkeypatch.setenv("TRACKING_UI_URL", f"{lab.url}/mlflow")
    own.goto(experiment.link(filter_string="params.param1 = 'x'").url)
    rows(own, "a run with x")
    expect(own.get_by_text("1 matching run")).to_be_visible()

    # Another port of the same host: the browser sends Jupyter's cookies along.
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever).start()
        stranger = window.new_page()
        stranger.goto(re.sub(r":\d+$", f":{site.server_port}", lab.url))
        site.shutdown()
    listed = f"{lab.url}/{API}/experiments/search?max_results=1"
    upload = f"{lab.url}/{API}/upload-artifact?run_uuid={run.info.run_id}&path="
    blocked = "TypeError: Failed to fetch"
    assert stranger.evaluate(FETCH, [listed, {}]) == blocked
    # Of MLflow's routes, this one takes any type of content, for which no browser asks first.
    for mode, said in (("cors", blocked), ("no-cors", "opaque")):
        options = {"method": "POST", "mode": mode, "body": "a"}
        assert stranger.evaluate(FETCH, [f"{upload}{mode}", options]) == said
    stranger.set_content(f'<a href="{lab.url}/mlflow/#/experiments">the runs</a>')
    with stranger.expect_navigation():
        stranger.get_by_role("link").click()
    expect(stranger.get_by_role("heading", name="Experiments").first).to_be_visible()
    stranger.close()
    assert "experiment_id" in own.evaluate(FETCH, [listed, {}])
    own.evaluate(FETCH, [f"{upload}own", {"method": "POST", "body": "a"}])
    assert [found.path for found in MlflowClient().list_artifacts(run.info.run_id)] == ["own"]
