"""What a student sees: JupyterLab as `make lab` starts it, and the MLflow UI behind every link."""

from __future__ import annotations

import os
import random
import re
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import mlflow
import nbformat
import pytest
import requests
from mlflow import MlflowClient

from helpers import best_child, children, connect, execute_tuning, parents
from helpers.links import compare_link, model_link, run_link
from helpers.tracking import Experiment
from tools.browser import TIMEOUT, expander, expect
from tools.lab import CHALLENGE, Lab, Notebook, right_answer
from tools.lessons import COURSE
from tools.student_copies import NOTEBOOKS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


# Those that go further train real models: too much for one JupyterLab with all of them at once.


@pytest.fixture(scope="module")
def tab(window: BrowserContext) -> Page:
    """A tab that goes from page to page of the MLflow UI, which loads in the first one only."""
    return window.new_page()


# JupyterLab


@pytest.fixture(scope="module")
def lessons(lab: Lab, window: BrowserContext) -> dict[str, Notebook]:
    """All lessons, run from top to bottom by *Run All Cells*, side by side in one JupyterLab."""
    first, *others = COURSE
    page = window.new_page()
    page.goto(lab.start_page)
    opened = {first: Notebook(page, first)}
    opened[first].start()
    for name in others:
        opened[name] = opened[first].open_beside(name)
        opened[name].start()
    return opened


@pytest.fixture
def lesson(lessons: dict[str, Notebook], request: pytest.FixtureRequest) -> Notebook:
    """The lesson that the test is about, in front, and run to its end."""
    lessons[request.param].show()
    lessons[request.param].finish()
    return lessons[request.param]


def about(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("lesson", names, indirect=True)


@about(*COURSE)
def test_a_lesson_runs_from_top_to_bottom(lesson: Notebook) -> None:
    expect(lesson.errors).to_have_count(0)
    links = lesson.panel.locator(".jp-OutputArea a")
    assert {link.get_attribute("target") for link in links.all()} == {"_blank"}


@about(*COURSE)
def test_in_a_narrow_window_no_code_is_cut(lesson: Notebook) -> None:
    whole = lesson.page.viewport_size
    assert whole
    lesson.page.set_viewport_size({"width": 900, "height": 900})
    cut = (
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
    )
    assert lesson.panel.locator(".jp-CodeCell .cm-scroller").evaluate_all(cut) == []
    lesson.page.set_viewport_size(whole)


@about("00_start_here")
def test_make_lab_opens_this_lesson(lesson: Notebook, lab: Lab) -> None:
    expect(lesson.page).to_have_url(f"{lab.url}/lab/tree/notebooks/00_start_here.ipynb")
    expect(lesson.panel.get_by_role("heading", name="Start here")).to_be_visible()
    printed = f"{lab.url}/lab/tree/notebooks/00_start_here.ipynb?token="
    assert printed in lab.log.read_text()  # whoever opens another browser lands there, too


@about("00_start_here")
def test_the_file_list_shows_the_lessons_and_not_their_solutions(lesson: Notebook) -> None:
    files = lesson.page.get_by_role("listitem")
    expect(files.filter(has_text="01_flat_runs.ipynb")).to_be_visible()
    expect(files.filter(has_text="solutions")).to_have_count(0)
    expect(files.first).to_contain_text("00_start_here.ipynb")


@about("00_start_here")
def test_a_link_opens_the_mlflow_ui_in_a_new_tab(lesson: Notebook, experiment: Experiment) -> None:
    with lesson.page.expect_popup() as opened:
        lesson.cell("ui").get_by_role("link", name="Open the MLflow UI").click()
    tab = opened.value
    expect(tab.get_by_role("heading", name="Experiments")).to_be_visible()
    search = tab.get_by_role("textbox", name="Search experiments")  # 25 are on the first page
    search.fill(experiment.name)
    search.press("Enter")
    expect(tab.get_by_role("link", name=experiment.name)).to_be_visible()
    expect(tab.get_by_role("link", name="Prompts")).to_have_count(0)  # that is for GenAI
    tab.close()


@about("00_start_here")
def test_a_link_to_a_file_opens_it_in_jupyterlab(lesson: Notebook) -> None:
    lesson.cell("practice").get_by_role("link", name="cheat sheet").click()
    expect(lesson.page.get_by_role("tab", name="cheat_sheet.ipynb")).to_be_visible()


@about(CHALLENGE)
def test_the_challenge_as_a_student_goes_through_it(lesson: Notebook) -> None:
    check = lesson.cell("check-execute-tuning")
    expect(check).to_contain_text("NOT SOLVED YET")
    expect(check).to_contain_text("Nothing of the three tasks is there yet")
    expect(lesson.cell("solution-code")).not_to_contain_text("def execute_tuning")

    lesson.type("execute-tuning", right_answer().replace("min(results", "max(results"))
    lesson.run("execute-tuning")
    lesson.run("check-execute-tuning")
    expect(check).to_contain_text("NOT RIGHT YET: 9 of 11")
    expect(check).to_contain_text(re.compile("Expected.*Found.*Where to look", re.DOTALL))
    hint = lesson.run("hint-code")
    hint.get_by_text("Hint 1 of").click()
    expect(hint.get_by_text("About: best_metric1 on the parent run")).to_be_visible()

    lesson.type("execute-tuning", right_answer())
    lesson.run("execute-tuning")
    lesson.run("check-execute-tuning")
    expect(check).to_contain_text("SOLVED: 11 of 11")
    expect(lesson.run("solution-code")).to_contain_text("def execute_tuning")
    lesson.run_on_from("tune-code")
    expect(lesson.cell("rank-code").locator("tbody tr")).to_have_count(5)
    expect(lesson.cell("figure-code").locator("img")).to_be_visible()
    expect(lesson.errors).to_have_count(0)


# The MLflow UI


@pytest.fixture(scope="module")
def flat(window: BrowserContext) -> Experiment:
    """Ten runs without parents."""
    experiment = connect(f"test {uuid.uuid4().hex[:8]}")
    for number in range(10):
        with mlflow.start_run(run_name=f"run_{number}"):
            mlflow.log_metric("metric1", (7 * number) % 10)
    return experiment


@pytest.fixture(scope="module")
def nested(window: BrowserContext) -> Experiment:
    """One tuning over x y z with 5 children; then five over a b with 25 each, with their best."""
    random.seed(0)
    experiment = connect(f"test {uuid.uuid4().hex[:8]}")
    execute_tuning(0, ["x", "y", "z"], ["u", "v", "w"], "params_test_2")
    for number in range(5):
        parent = execute_tuning(number, ["a", "b"], ["d", "f"], "subset_test", 25)
        best = best_child(parent).data
        MlflowClient().log_metric(parent, "best_metric1", best.metrics["metric1"])
        MlflowClient().log_param(parent, "best_param1", best.params["param1"])
    return experiment


def names(*numbers: int, of: str = "parent_run_test_subset_test_{}") -> list[str]:
    return [of.format(number) for number in numbers]


def expect_rows(page: Page, expected: list[str], *, unfolded: bool = False) -> None:
    """Expect the table of runs, with these names as its first rows, and no more unless unfolded."""
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    for number, name in enumerate(expected):
        expect(page.locator(f'[row-index="{number}"]').get_by_role("link")).to_have_text(name)
    if not unfolded:
        after = page.locator(f'[row-index="{len(expected)}"]').get_by_role("link")
        expect(after).to_have_count(0)


def test_flat_runs_are_listed_as_equals_newest_first(flat: Experiment, tab: Page) -> None:
    tab.goto(flat.link().url)
    expect_rows(tab, names(*reversed(range(10)), of="run_{}"))
    expect(tab.get_by_text("10 matching runs")).to_be_visible()
    expect(expander(tab, 0)).to_have_count(0)


def test_parents_are_listed_with_their_children_folded(nested: Experiment, tab: Page) -> None:
    tab.goto(nested.link().url)
    expect_rows(tab, names(4, 3, 2, 1))  # 100 runs are loaded at a time, children included
    expect(tab.get_by_role("button", name="Sort: Created")).to_be_visible()
    for column in ("best_metric1", "metric1", "best_param1", "param1", "param2"):
        head = tab.get_by_role("columnheader", name=column, exact=True)
        expect(head.first).to_be_visible()
    expander(tab, 0).click()
    family = [*names(4), *names(24, 23, 22, of="run_{}_test_4")]
    expect_rows(tab, family, unfolded=True)
    expander(tab, 0).click()
    expect_rows(tab, names(4, 3, 2, 1))
    tab.get_by_role("button", name="Load more").click()
    expect_rows(tab, [*names(4, 3, 2, 1, 0), "parent_run_test_params_test_2_0"])


def test_runs_of_one_tag(nested: Experiment, tab: Page) -> None:
    tab.goto(nested.link(filter_string="tags.test_identifier = 'params_test_2'").url)
    expect_rows(tab, ["parent_run_test_params_test_2_0"])
    expect(tab.get_by_text("6 matching runs")).to_be_visible()
    expect(tab.get_by_role("combobox").first).to_have_value(
        "tags.test_identifier = 'params_test_2'"
    )


def test_a_filter_on_children_shows_their_parent_with_a_gap(nested: Experiment, tab: Page) -> None:
    family = children(parents(nested, test_identifier="params_test_2")["run_id"].item())
    value = family["params.param1"].iloc[0]
    chosen = family[family["params.param1"] == value]
    assert len(chosen) < len(family)
    tab.goto(nested.link(filter_string=f"params.param1 = '{value}'").url)
    expect_rows(tab, ["parent_run_test_params_test_2_0"])
    expander(tab, 0).click()
    expect_rows(tab, ["parent_run_test_params_test_2_0", *chosen["tags.mlflow.runName"].iloc[::-1]])


def test_sorted_by_a_metric_all_runs_are_equals(nested: Experiment, tab: Page) -> None:
    tag = "params_test_2"
    family = children(parents(nested, test_identifier=tag)["run_id"].item())
    link = nested.link(
        filter_string=f"tags.test_identifier = '{tag}'", order_by="metrics.metric1", ascending=True
    )
    tab.goto(link.url)
    ranked = family.sort_values("metrics.metric1")["tags.mlflow.runName"]
    expect_rows(tab, [*ranked, f"parent_run_test_{tag}_0"])
    expect(tab.get_by_role("button", name="Sort: metric1")).to_be_visible()
    expect(expander(tab, len(ranked))).to_have_count(0)


def test_grouped_by_a_tag_parents_stand_among_their_children(nested: Experiment, tab: Page) -> None:
    """The clicks that lesson 02 describes."""
    tag = "params_test_2"
    family = children(parents(nested, test_identifier=tag)["run_id"].item())
    tab.goto(nested.link(filter_string=f"tags.test_identifier = '{tag}'").url)
    expect_rows(tab, [f"parent_run_test_{tag}_0"])
    tab.get_by_role("button", name="Group by").click()
    menu = tab.get_by_role("menuitemcheckbox")
    expect(menu).to_have_text(["test_identifier", "param1", "param2"])
    menu.get_by_text("test_identifier").click()
    group = tab.locator('[row-index="0"]')
    expect(group.filter(has_text=re.compile(rf"Group: {tag}\s*6"))).to_be_visible()
    expect(group.get_by_text(str(family["metrics.metric1"].mean())[:6])).to_be_visible()
    names = [*family["tags.mlflow.runName"].iloc[::-1], f"parent_run_test_{tag}_0"]
    for number, name in enumerate(names, start=1):
        expect(tab.locator(f'[row-index="{number}"]').get_by_role("link")).to_have_text(name)
    group.locator("[role=button]").first.click()
    expect(tab.locator('[row-index="1"]')).to_have_count(0)


def test_a_parent_is_deleted_with_its_children(tab: Page) -> None:
    """The clicks that lesson 02 describes."""
    text = (NOTEBOOKS / "02_nested_runs.ipynb").read_text(encoding="utf-8")
    button = "Delete selected and children"
    assert f"choose *{button}*" in text
    experiment = connect(f"test {uuid.uuid4().hex[:8]}")
    parent = execute_tuning(0, ["x"], ["u"], "to be deleted")
    tab.goto(experiment.link().url)
    expect_rows(tab, ["parent_run_test_to be deleted_0"])
    tab.locator('[row-index="0"] input[type=checkbox]').first.check(force=True)
    tab.get_by_role("button", name="Delete", exact=True).click()
    tab.get_by_role("button", name=button).click()
    expect(tab.get_by_role("button", name=button)).to_have_count(0)
    expect(tab.locator('[row-index="0"]').get_by_role("link")).to_have_count(0)
    assert mlflow.get_run(parent).info.lifecycle_stage == "deleted"
    assert len(children(parent)) == 0


def test_five_parents_ranked_by_best_metric1(nested: Experiment, tab: Page) -> None:
    """With the link that lesson 05 has, word for word."""
    cells = nbformat.read(NOTEBOOKS / f"{CHALLENGE}.ipynb", as_version=4).cells
    source = next(cell.source for cell in cells if cell.id == "rank-link")
    *before, link = source.splitlines()
    names = {"experiment": nested}
    exec("\n".join(before), names)
    tab.goto(eval(link, names).url)
    ranked = parents(nested, test_identifier="subset_test", rank_by="best_metric1")
    expect_rows(tab, list(ranked["tags.mlflow.runName"]))
    expect(tab.get_by_role("button", name="Sort: best_metric1")).to_be_visible()
    least = str(ranked["metrics.best_metric1"].iloc[0])[:6]
    expect(tab.locator('[row-index="0"]').get_by_text(least)).to_be_visible()


def test_the_page_of_a_run_names_its_children(nested: Experiment, tab: Page) -> None:
    parent = parents(nested, test_identifier="params_test_2")["run_id"].item()
    tab.goto(run_link(mlflow.get_run(parent)).url)
    expect(tab.get_by_role("heading", name="parent_run_test_params_test_2_0")).to_be_visible()
    expect(tab.get_by_text(parent, exact=True).first).to_be_visible()
    expect(tab.get_by_role("link", name=re.compile("run_._test_0"))).to_have_count(5)


def test_children_side_by_side_as_parallel_coordinates(nested: Experiment, tab: Page) -> None:
    family = children(parents(nested, test_identifier="params_test_2")["run_id"].item())
    tab.goto(compare_link("the children", family).url)
    expect(tab.get_by_role("heading", name=re.compile("Comparing 5 Runs"))).to_be_visible()
    expect(tab.get_by_role("tab", name="Parallel Coordinates Plot")).to_be_visible()


def test_the_page_of_a_registered_model(nested: Experiment, tab: Page) -> None:
    name = f"a model of {nested.name}"
    client = MlflowClient()
    run_id = parents(nested, test_identifier="params_test_2")["run_id"].item()
    client.create_registered_model(name)
    try:
        version = client.create_model_version(name, f"runs:/{run_id}/model", run_id)
        client.set_registered_model_alias(name, "champion", version.version)
        tab.goto(model_link("the model", name).url)
        expect(tab.get_by_role("heading", name=name)).to_be_visible()
        expect(tab.get_by_text("champion").first).to_be_visible()
    finally:
        client.delete_registered_model(name)


def test_the_page_of_a_deleted_run_opens(nested: Experiment, tab: Page) -> None:
    """As that of a run of the challenge's check, whose experiment is deleted."""
    run = MlflowClient().create_run(nested.experiment_id, run_name="no longer there")
    MlflowClient().delete_run(run.info.run_id)
    tab.goto(run_link(run).url)
    expect(tab.get_by_role("heading", name="no longer there")).to_be_visible()


class Forwarder(BaseHTTPRequestHandler):
    """Hand everything below /mlflow on to the tracking server."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = requests.request(
            self.command,
            os.environ["MLFLOW_TRACKING_URI"] + self.path.removeprefix("/mlflow"),
            headers={"Content-Type": self.headers.get("Content-Type", "")},
            data=body,
            timeout=TIMEOUT,
        )
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def other_address() -> Iterator[str]:
    """Where else the MLflow UI is: behind a proxy, on another port and below a path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Forwarder) as proxy:
        threading.Thread(target=proxy.serve_forever).start()
        yield f"http://localhost:{proxy.server_port}/mlflow"
        proxy.shutdown()


def test_links_lead_where_tracking_ui_url_says(
    flat: Experiment, tab: Page, other_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKING_UI_URL", other_address)
    link = flat.link()
    assert link.url.startswith(f"{other_address}/#/")
    tab.goto(link.url)
    expect_rows(tab, names(*reversed(range(10)), of="run_{}"))
