"""The web site of `make site`, read in a browser as its readers do."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

import nbformat
import pytest

from helpers.server import is_here
from tools.browser import expect
from tools.lessons import LESSONS, ROOT
from tools.student_copies import NOTEBOOKS, solutions

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

REPOSITORY = "https://github.com/someone/course"
HUB = "https://hub.example.org"
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOOK = """() => ({
    next: document.querySelector(".right-next")?.href,
    back: document.querySelector(".left-prev")?.href,
    links: [...document.links].map(link => link.href),
    names: [...document.querySelectorAll("[id]")].map(element => element.id),
    undescribed: [...document.images].filter(image => !image.alt.trim()).map(image => image.src),
    broken: [...document.images].filter(image => !image.naturalWidth).map(image => image.src),
    scrolls: document.documentElement.scrollWidth > document.documentElement.clientWidth,
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder of the site, as `make site` makes it, and its address."""
    pytest.importorskip("myst_nb", reason="needs Sphinx: make setup EXTRAS=1")
    if shutil.which("make") is None:
        pytest.skip("needs make")
    folder = tmp_path_factory.mktemp("site")
    made = (f"--old-file=.venv/{name}" for name in ("helpers", "installed", "installed-extras"))
    command = [
        "make",
        *made,
        "site",
        f"SITE={folder}",
        f"SITE_REPOSITORY={REPOSITORY}",
        f"SITE_HUB={HUB}",
    ]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    handler = functools.partial(SimpleHTTPRequestHandler, directory=folder / "html")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder / "html", f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(window: BrowserContext) -> Page:
    return window.new_page()


def test_on_a_telephone_every_page_is_whole_and_no_link_leads_astray(
    page: Page, site: tuple[Path, str]
) -> None:
    folder, url = site
    page.set_viewport_size({"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen: dict[str, Any] = {}
    for path in sorted(folder.rglob("*.html")):
        address = url + path.relative_to(folder).as_posix()
        page.goto(address, wait_until="load")
        seen[address] = page.evaluate(LOOK)
    elsewhere = {one for one in asked if not one.startswith((url, "data:"))}
    assert elsewhere  # the drawing of lesson 00
    assert all("/mermaid@" in one for one in elsewhere)

    for address, facts in seen.items():
        assert (facts["undescribed"], facts["broken"]) == ([], []), address
        assert not facts["scrolls"], address
        for link in facts["links"]:
            assert urlsplit(link).scheme in {"http", "https"}, (address, link)
            if link.startswith(url):
                target, heading = urldefrag(link)
                target = target.split("?")[0] + ("index.html" if target.endswith("/") else "")
                assert (folder / target.removeprefix(url)).is_file(), (address, link)
                assert not heading or heading in seen[target]["names"], (address, link)
            else:
                assert not is_here(link), (address, link)
    order = ["index", *(f"notebooks/{name}" for name in [*LESSONS, "take_home", "cheat_sheet"])]
    for one, following in pairwise(f"{url}{name}.html" for name in order):
        assert (seen[one]["next"], seen[following]["back"]) == (following, one)
    for name in LESSONS:
        links = seen[f"{url}notebooks/{name}.html"]["links"]
        [download] = {link for link in links if re.search(r"_sources/.*\.ipynb$", link)}
        copy = folder / download.removeprefix(url)
        assert copy.read_bytes() == (NOTEBOOKS / f"{name}.ipynb").read_bytes()
        binder = "https://mybinder.org/v2/gh/someone/course/HEAD?urlpath=lab/tree/notebooks"
        assert f"{binder}/{name}.ipynb" in links


def test_the_first_page_is_readme_with_each_lessons_minutes(
    page: Page, site: tuple[Path, str]
) -> None:
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto(site[1])
    headings = page.locator("article h2").evaluate_all("all => all.map(one => one.firstChild.data)")
    assert headings == re.findall(r"(?m)^## (.*)", README)
    expect(page.locator("#start pre")).to_contain_text(f"git clone {REPOSITORY} course")
    for place in ("mybinder.org/v2/gh/someone/course/", "codespaces.new/someone/course", f"{HUB}/"):
        expect(page.locator(f'article p a[href*="{place}"]')).to_have_count(1)
    rows = page.locator("#lessons tbody tr").evaluate_all(
        "rows => rows.map(row => [row.querySelector('a').href, row.cells[1].innerText])"
    )
    for name, (address, minutes) in zip(LESSONS, rows, strict=True):
        assert address == f"{site[1]}notebooks/{name}.html"
        opening = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4).cells[0].source
        assert f" {minutes} minutes" in opening


def test_the_first_page_unfolds_the_tunings_that_lesson_02_has_printed(
    page: Page, site: tuple[Path, str]
) -> None:
    page.goto(site[1])
    families = page.locator("details.family")
    tree = nbformat.read(NOTEBOOKS / "solutions" / "02_nested_runs.ipynb", 4)
    cells = [cell for cell in tree.cells if cell.id == "draw-code"]
    printed = cells[0].outputs[0].text.splitlines()
    shown = []
    for family in families.all():
        expect(family.locator("table")).to_be_hidden()
        family.locator("summary").click()
        expect(family.locator("table")).to_be_visible()
        shown.append(family.locator("summary").inner_text().partition(":")[0])
        for row in family.locator("tbody tr").all():
            shown.append("└── " + "  ".join(row.locator("th, td").all_inner_texts()))
    assert shown == printed


def test_answers_to_predictions_and_solutions_show_when_they_are_clicked(
    page: Page, site: tuple[Path, str]
) -> None:
    for name in LESSONS:
        page.goto(f"{site[1]}notebooks/{name}.html")
        answers = page.locator(".cell.tag_hide-output .cell_output")
        code = solutions(NOTEBOOKS / "solutions" / f"{name}.ipynb")
        blocks = page.locator("pre").all()
        shown = [block for block in blocks if (block.text_content() or "").strip() in code]
        assert len(shown) == 2 * len(code)  # where it is written, and where `solution()` shows it
        for folded in [*answers.all(), *shown]:
            expect(folded).to_be_hidden()
        page.get_by_text("Show the output").first.click()
        expect(answers.first).to_be_visible()
        if code:
            page.get_by_text("Show the content").first.click()
            expect(shown[0]).to_be_visible()
