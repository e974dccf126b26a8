"""What students and readers see, by the rules of axe-core for WCAG 2.2 AA, and by keyboard alone.

axe-core comes from npm. Of JupyterLab, only what the course shows in it is looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from exercises.engine.progress import keep
from exercises.nest import exercise
from tests.answers import report
from tools.browser import TIMEOUT, expect
from tools.lab import Lab
from tools.lessons import ROOT
from tools.servers import free_url
from tools.student_copies import NOTEBOOKS, solutions

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

AXE = "axe-core@4.14.1"
NESTED = "02_nested_runs"
RIGHT = solutions(NOTEBOOKS / "solutions" / f"{NESTED}.ipynb")[0]
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1400, "height": 900}
# One of each kind: first page, lesson, cheat sheet, prose, table, licence, search.
KINDS = [
    "index",
    "notebooks/04_refined_spaces",
    "notebooks/cheat_sheet",
    "classroom/grading/grading",
    "docs/comparison",
    "docs/troubles",
    "licence",
    "search",
]
# Everything unfolded, and no longer moving.
UNFOLD = """async () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    await Promise.allSettled(document.getAnimations().map(animation => animation.finished));
}"""
VIOLATIONS = """async part => {
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const found = await axe.run(part, {runOnly: {type: "tag", values}});
    if (!found.passes.length) throw new Error("axe has looked at nothing.");
    return found.violations.flatMap(({id, nodes}) => nodes.map(
        ({html, failureSummary}) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`));
}"""
HEADLESS = """() => [...document.querySelectorAll("article table")]
    .filter(table => !table.querySelector("th")).map(table => table.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program that a page is looked at with."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm: sudo apt install npm")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), AXE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot install {AXE}: {done.stderr.strip()[-200:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, as `make site` makes it."""
    pytest.importorskip("myst_nb", reason="needs Sphinx: make setup EXTRAS=1")
    folder = tmp_path_factory.mktemp("site")
    made = (f"--old-file=.venv/{name}" for name in ("helpers", "installed", "installed-extras"))
    command = ["make", *made, "site", f"SITE={folder}"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def page(window: BrowserContext) -> Page:
    return window.new_page()


def look(page: Page, axe: str, part: str = "body") -> list[Any]:
    """Return what axe finds wrong with a part of a page."""
    page.evaluate(axe)
    return list(page.evaluate(VIOLATIONS, part))


@pytest.mark.parametrize("name", KINDS)
def test_a_page_of_the_site(page: Page, site: Path, axe: str, name: str) -> None:
    for size in (LAPTOP, PHONE):
        for scheme in ("light", "dark"):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.goto((site / f"{name}.html").as_uri())
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            page.evaluate(UNFOLD)
            assert look(page, axe) == [], (scheme, size)
    assert page.evaluate(HEADLESS) == []


def test_students_pages_of_feedback(page: Page, axe: str, tmp_path: Path) -> None:
    right = (NOTEBOOKS / "solutions" / f"{NESTED}.ipynb").read_text(encoding="utf-8")
    wrong = right.replace('\\"mlflow.parentRunId\\", parent', '\\"parentRunId\\", parent')
    for student, text in (("ada", right), ("bob", wrong)):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / f"{NESTED}.ipynb").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "classroom.grading", tmp_path / "class"]
    command += ["--output", tmp_path / "grades.csv"]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for student, points in (("ada", "10 of 10"), ("bob", "0 of 10")):
        (feedback,) = tmp_path.glob(f"feedback/**/{student}/*.html")
        page.goto(feedback.as_uri())
        expect(page.locator("dl")).to_contain_text(points)
        for size in (LAPTOP, PHONE):
            page.set_viewport_size(size)
            assert look(page, axe) == [], student


def test_the_live_view_of_a_class(
    page: Page, axe: str, tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is text, whatever a student has put into it."""
    monkeypatch.delenv("COURSE_PROGRESS")
    named = os.environ["EXPERIMENT_PREFIX"]
    for student, met in (("<b>ada</b>", 8), ("bob", 4)):
        monkeypatch.setenv("EXPERIMENT_PREFIX", f"{named}{student}-")
        keep(exercise.words, report("nest", met))
    url = free_url()
    command = [sys.executable, "-m", "classroom.live", "--port", url.rpartition(":")[2]]
    view = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert view.stdout
        assert url in view.stdout.readline()
        page.goto(url)
        rows = page.locator("tbody tr")
        expect(rows.filter(has_text=f"{named}<b>ada</b>")).to_contain_text("✓ 1 attempt")
        expect(rows.filter(has_text=f"{named}bob")).to_contain_text("◐ 1 attempt")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert look(page, axe) == [], scheme
        page.get_by_label("Hide the names").check()
        expect(page.locator("tbody")).not_to_contain_text("bob")
        forged = {"Host": "evil.example"}
        assert requests.get(f"{url}/state", headers=forged, timeout=TIMEOUT).status_code == 404
        view.send_signal(signal.SIGINT)
        assert view.wait(TIMEOUT) == 0
    finally:
        view.kill()
        view.communicate()


def test_a_report_in_jupyterlab_says_all_by_signs_too(page: Page, lab: Lab, axe: str) -> None:
    page.set_viewport_size(LAPTOP)
    notebook = lab.open(page, NESTED)
    notebook.wait_until_idle()
    notebook.run("connect-code")
    for answer, signs in ((RIGHT, "✓"), (RIGHT.replace("nested=True", ""), "✓✗○")):
        notebook.type("nest", answer)
        notebook.run("nest")
        report = notebook.run("check-nest")
        assert set(re.findall("[✓✗○]", report.inner_text())) == set(signs)
        report.evaluate("output => output.id = 'report'")
        assert look(page, axe, "#report") == []


def test_by_keyboard_from_the_first_cell_to_a_solved_exercise(page: Page, lab: Lab) -> None:
    """Each cell is left with Shift-Enter; the answer is typed into the starter's cell."""
    notebook = lab.open(page, NESTED)
    notebook.wait_until_idle()
    ids = [cell.id for cell in notebook.source.cells]
    for cell_id in ids[: ids.index("check-nest") + 1]:
        expect(notebook.cell(cell_id)).to_have_class(re.compile("jp-mod-active"))
        if cell_id == "nest":
            page.keyboard.press("Enter")
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(RIGHT)
        page.keyboard.press("Shift+Enter")
    expect(notebook.cell("check-nest")).to_contain_text("SOLVED")
