"""What a browser shows: JupyterLab as `make lab` starts it, the MLflow UI, `make class`.

The tests go one after the other through the same JupyterLab and the same browser, which has no
profile when the first one begins.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from mlflow import MlflowClient

from classroom.live.export import PAGE, export
from exercises.predictions import predict
from exercises.predictions.questions import all_questions
from helpers import children, connect, execute_tuning
from helpers.links import model_link
from helpers.tracking import prefixed
from tests.answers import find, keep_attempt
from tests.shared import assert_accessible, follow, look
from tools.browser import TIMEOUT, click_in_the_ui, expander, expect
from tools.drive_lab import CHALLENGE, Lab, Notebook
from tools.lesson_list import CORE_LESSONS, ROOT
from tools.notebook_cells import read_cells
from tools.temporary_server import free_url, temporary_server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

START = CORE_LESSONS[0]
API = "mlflow/ajax-api/2.0/mlflow/experiments"


def rows(page: Page, *names: str) -> None:
    """Expect the table of runs, with these names as its first rows."""
    for number, name in enumerate(names):
        expect(row(page, number).get_by_role("link")).to_have_text(name)


def row(page: Page, number: int) -> Locator:
    return page.locator(f'[row-index="{number}"]')


@contextmanager
def live_view(folder: Path, *students: str, **environment: str) -> Iterator[str]:
    """Run `make class` with these students in its roster, and give its address."""
    url, roster = free_url(), folder / "students.csv"
    roster.write_text("\n".join([*students, ""]))
    command = [sys.executable, "-m", "classroom.live", "--port", url.rpartition(":")[2]]
    with subprocess.Popen(
        [*command, "--roster", str(roster)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as view:
        try:
            assert url in view.stdout.readline()
            yield url
        finally:
            view.send_signal(signal.SIGINT)
    assert view.returncode == 0


def test_each_click_of_lesson_00(page: Page, lab: Lab, node_modules: Path) -> None:
    page.goto(f"{lab.url}?token={lab.token}")
    lesson = Notebook(page, START)
    address = f"{lab.url}/lab/tree/notebooks/{START}.ipynb"
    expect(page).to_have_url(address)
    expect(page.get_by_role("listitem").first).to_contain_text(f"{START}.ipynb")  # no solutions
    lesson.start()
    lesson.finish()
    expect(lesson.errors).to_have_count(0)

    tree = lesson.cell("first-tree").locator(".jp-OutputArea")
    tree.evaluate("output => output.id = 'tree'")
    assert look(page, node_modules, "#tree") == []  # the site's test looks at it on a dark page
    children = tree.locator("li li")
    expect(children.filter(visible=True)).to_have_count(2)
    for key, number in (("Enter", 0), ("Space", 2)):
        tree.locator("summary").press(key)
        expect(children.filter(visible=True)).to_have_count(number)
    expect(lesson.cell("first-tree").locator(".jp-InputPrompt")).to_have_text("[2]:")  # not run

    tab = follow(lesson, "tree-link")
    click_in_the_ui(tab, "×").click()
    rows(tab, "try x", "my first sweep")
    expander(tab, 1).click()
    rows(tab, "try x", "my first sweep", "try y", "try x")

    [ui] = [cell.source for cell in read_cells(lesson.path) if cell.id == "ui-clicks"]
    first, *others = re.findall(r"^\d\. \*\*(.+?)\*\*", ui, re.M)
    first = f"{os.environ['EXPERIMENT_PREFIX']}browser-{first}"
    for clicks in ([first, *others], [first]):  # the next time, the first click is enough
        tab = follow(lesson, "ui")
        runs = tab.get_by_role("link", name="my first sweep").first
        for name in clicks:
            expect(runs).to_be_hidden()
            click_in_the_ui(tab, name).click()
        expect(runs).to_be_visible()


def test_the_challenge_as_a_student_goes_through_it(
    page: Page, lab: Lab, node_modules: Path
) -> None:
    """A wrong answer, then that of MLflow's tutorial: its own numbers, and nothing is returned."""
    lesson = lab.open(page, CHALLENGE)
    lesson.start()
    lesson.finish()
    begun = re.compile("NOT SOLVED YET.*started on the three tasks", re.DOTALL)
    expect(lesson.cell("check-execute-tuning")).to_contain_text(begun)
    # The tutorial's code chooses an experiment, too: another one than the page does.
    elsewhere = f"mlflow.set_experiment({prefixed('browser-of its own')!r})"
    tutorial = f"{find('best_child', 'right', 'tutorial').source}\n\n{elsewhere}"
    wrong = find("best_child", "wrong", "deletes_its_experiment").source  # no further call
    parts = r"NOT RIGHT YET: \d of 11.*✓.*✗.*Expected.*Found.*○"
    for answer, text in ((wrong, parts), (tutorial, "SOLVED: 11 of 11.*✓")):
        lesson.type("execute-tuning", answer)
        lesson.run("execute-tuning")
        report = lesson.run("check-execute-tuning")
        expect(report).to_contain_text(re.compile(text, re.DOTALL))
        report.evaluate("output => output.id = 'report'")
        assert look(page, node_modules, "#report") == []
    expect(lesson.run("solution-code")).to_contain_text("def execute_tuning")
    code = [cell.id for cell in read_cells(lesson.path, "code")]
    for cell_id in code[code.index("find-code") :]:
        lesson.run(cell_id)
        if cell_id == "rank-link":  # a later cell logs another parent
            ranked = lesson.cell("rank-code").locator("tbody th").all_inner_texts()
            tab = follow(lesson, cell_id)
            rows(tab, *ranked)
            expect(tab.get_by_role("button", name="Sort: best_metric1")).to_be_visible()
    expect(lesson.errors).to_have_count(0)
    expect(lesson.cell("figure-code").locator(".jp-OutputArea img")).to_be_visible()
    question = lesson.run("predict-sixth")
    first, second, *_ = all_questions()["sixth"].choice
    for choice in (first, second):  # with the keyboard alone, and once more
        radio = question.get_by_role("radio", name=choice.text)
        radio.press("Space")
        expect(radio).to_be_checked()
        question.get_by_role("button", name="That's my guess").press("Enter")
        expect(question.get_by_role("alert")).to_have_text(choice.reason)
    question.evaluate("output => output.id = 'question'")
    assert look(page, node_modules, "#question") == []


def test_the_mlflow_ui_shows_what_the_lessons_say_of_it(page: Page, tracking_uri: str) -> None:
    experiment = connect(f"test {uuid.uuid4().hex[:8]}")
    other, tagged = "parent_run_test_other_0", "parent_run_test_tag_0"
    other_id = execute_tuning(0, test_identifier="other")
    newest = children(execute_tuning(0, test_identifier="tag"))["tags.mlflow.runName"][::-1]
    page.goto(experiment.link().url)
    rows(page, tagged, other)
    expander(page, 0).click()
    rows(page, tagged, *newest, other)
    row(page, 6).locator("input[type=checkbox]").first.check(force=True)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete selected and children").click()
    expect(page.get_by_role("link", name=other)).to_have_count(0)
    assert len(children(other_id)) == 0
    page.goto(experiment.link(filter_string="tags.test_identifier = 'tag'").url)
    page.get_by_role("button", name="Group by").click()
    page.get_by_role("menuitemcheckbox").get_by_text("test_identifier").click()
    expect(row(page, 0).filter(has_text=re.compile(r"Group: tag\s*6"))).to_be_visible()
    model = MlflowClient().create_registered_model(f"a model of {experiment.name}")
    page.goto(model_link("the model", model.name).url)
    expect(page.get_by_role("heading", name=model.name)).to_be_visible()


def test_each_link_of_lesson_06_opens_what_the_lesson_says(lesson_06: Notebook) -> None:
    trial, sweep = "rate 0.5, size 128", "large rates"
    curves = follow(lesson_06, "curves")
    expect(curves.locator(".js-plotly-plot .js-line").first).to_be_visible()
    expect(curves.get_by_role("link", name=re.compile("^rate"))).to_have_count(4)
    expect(curves.get_by_role("radio", name="Step")).to_be_checked()
    expect(curves.get_by_role("columnheader", name="Min")).to_be_visible()
    parallel = follow(lesson_06, "parallel")
    expect(parallel.locator(".parcoords .axis-title")).to_have_text(["rate", "size", "loss"])
    for plot in ("Scatter Plot", "Box Plot", "Contour Plot"):
        expect(parallel.get_by_role("tab", name=plot)).to_be_visible()
    charts = follow(lesson_06, "charts-code")
    expect(charts.locator(".js-plotly-plot .js-line").first).to_be_visible()
    expect(charts.get_by_role("link", name=re.compile("^rate"))).to_have_count(4)
    groups = follow(lesson_06, "group-code")
    expect(groups.get_by_text(re.compile("^Group: "))).to_have_count(2)
    parents = follow(lesson_06, "parents-code")
    for name in (sweep, "small rates"):
        expect(parents.get_by_role("cell", name=name, exact=True)).to_be_visible()
    record = follow(lesson_06, "note-code")
    expect(record.get_by_role("link", name=trial).first).to_be_visible()
    for tab in (curves, parallel, charts, groups, parents, record):
        tab.close()


def test_the_mlflow_ui_in_jupyter_is_for_its_own_pages_and_for_no_other_site(
    page: Page, lab: Lab
) -> None:
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    expect(page.locator(".jp-LauncherCard").filter(has_text="MLflow")).to_be_visible()
    mine = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    token = {"Authorization": f"token {lab.token}"}
    for cookies, headers, read, written in (
        ({}, {}, 302, 403),
        ({}, token, 200, 200),
        (mine, {"Origin": lab.url}, 200, 200),
        (mine, {"Origin": "http://localhost:1"}, 403, 403),  # cookies are sent to every port
        (mine, {}, 200, 403),  # a link is followed; what is written, a browser says where from
    ):
        sent = {"headers": headers, "cookies": cookies, "timeout": TIMEOUT}
        answer = requests.get(
            f"{lab.url}/{API}/search?max_results=1", allow_redirects=False, **sent
        )
        assert answer.status_code == read, headers
        new = {"name": f"test {uuid.uuid4().hex[:8]}"}
        answer = requests.post(f"{lab.url}/{API}/create", json=new, **sent)
        assert answer.status_code == written, headers


def test_the_live_view_of_a_class(
    page: Page,
    node_modules: Path,
    tracking_uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name is text, whatever a student has put into it."""
    monkeypatch.delenv("COURSE_PROGRESS")
    named = os.environ["EXPERIMENT_PREFIX"]
    for student, met in (("<b>ada</b>", 8), ("bob", 4)):
        monkeypatch.setenv("EXPERIMENT_PREFIX", f"{named}{student}-")
        keep_attempt(met)
        predict("orphans", 1)
    with live_view(tmp_path, f"{named}bob", f"{named}eve") as url:
        page.goto(url)
        rows = page.locator("tbody tr")
        expect(rows.filter(has_text=f"{named}<b>ada</b>")).to_contain_text("✓ 1 attempt")
        expect(rows.filter(has_text=f"{named}bob")).to_contain_text("◐ 1 attempt")
        expect(rows.filter(has_text=f"{named}eve")).to_contain_text("not begun")
        expect(page.locator("#said")).to_contain_text("2 students, 1 of them not begun")
        answers = page.locator("#questions li").filter(has_text="They are deleted, too")
        expect(answers).to_be_hidden()  # on a wall, nobody sees them before they answer
        page.get_by_text("02 orphans: ").press("Enter")
        expect(answers).to_have_text(re.compile(r"[2-9]\d* They are deleted"))
        assert_accessible(page, node_modules)
        page.get_by_label("Hide the names").check()
        expect(answers).to_be_visible()  # stays expanded when the page is drawn again
        assert "bob" not in page.locator("table").inner_text()  # at once
        forged = {"Host": "evil.example"}
        assert requests.get(f"{url}/state", headers=forged, timeout=TIMEOUT).status_code == 404
    export(tmp_path)
    page.goto((tmp_path / PAGE).as_uri())
    assert_accessible(page, node_modules)


def test_the_live_view_outlives_the_tracking_server(page: Page, tmp_path: Path) -> None:
    """While the server doesn't answer, the page keeps what it shows, and says when it is back."""
    with temporary_server() as server:
        settings = {"MLFLOW_TRACKING_URI": server.url, "MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}
        with live_view(tmp_path, "eve", **settings) as url:
            page.goto(url)
            status = page.locator("#said")
            expect(status).to_contain_text("1 student, 1 of")
            for process in server.processes():
                process.suspend()
            expect(status).to_contain_text(f"The tracking server at {server.url} does not")
            expect(page.locator("#body")).to_contain_text("eve")
            for process in server.processes():
                process.resume()
            expect(status).to_contain_text("The tracking server answers again")
