"""The web site of `make site`, read in a browser as its readers do."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

import nbformat
import pytest

from helpers.server import is_here
from tools.browser import chromium, expect, find_chromium
from tools.lessons import LESSONS, ROOT
from tools.student_copies import NOTEBOOKS, solutions, solved_notebooks, students_path

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

REPOSITORY = "https://github.com/someone/course"
README = (ROOT / "README.md").read_text(encoding="utf-8")
READING_ORDER = ["index", *(f"notebooks/{name}" for name in [*LESSONS, "take_home", "cheat_sheet"])]
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1400, "height": 900}
LOOK = """() => ({
    next: document.querySelector(".right-next")?.href,
    back: document.querySelector(".left-prev")?.href,
    links: [...document.links].map(link => link.href),
    names: [...document.querySelectorAll("[id]")].map(element => element.id),
    undescribed: [...document.images].filter(image => !image.alt.trim()).map(image => image.src),
    broken: [...document.images].filter(image => !image.naturalWidth).map(image => image.src),
    scrolls: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""
# What WCAG 2 calls the contrast ratio; its level AA asks for 4.5, and for 3 where text is large.
PALE = """() => {
    const parts = color => color.match(/[\\d.]+/g).map(Number);
    const luminance = color => parts(color).slice(0, 3)
        .map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
    const ground = element => {
        const color = getComputedStyle(element).backgroundColor;
        return (parts(color)[3] ?? 1) > 0 || !element.parentElement ? color
            : ground(element.parentElement);
    };
    const speaks = element => element.getClientRects().length > 0
        && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const all = [...document.querySelectorAll("article :not(.headerlink)")];
    return all.filter(speaks).filter(element => {
        const [dark, light] = [getComputedStyle(element).color, ground(element)]
            .map(luminance).sort((one, other) => one - other);
        return (light + 0.05) / (dark + 0.05) < 4.5;
    }).map(element => element.outerHTML.slice(0, 120));
}"""


@dataclass(frozen=True)
class Site:
    """The site, built and served."""

    folder: Path
    url: str

    def address(self, name: str) -> str:
        """Return the address of the page `name`, such as `notebooks/00_start_here`."""
        return f"{self.url}{name}.html"


@dataclass
class Seen:
    """What a reader's browser finds on one page."""

    facts: dict[str, Any] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)  # what it asked other hosts for


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def build(folder: Path, repository: str) -> Path:
    """Build the site as `make site` does; a warning is an error."""
    made = (f"--old-file=.venv/{name}" for name in ("helpers", "installed", "installed-extras"))
    command = ["make", "--silent", *made, "site", f"SITE={folder}"]  # installs nothing
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    environment = {**inherited, "SITE_REPOSITORY": repository}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    pytest.importorskip("playwright", reason="needs playwright: make setup EXTRAS=1")
    if find_chromium() is None:
        pytest.skip("needs Chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pytest.importorskip("myst_nb", reason="needs Sphinx: make setup EXTRAS=1")
    if shutil.which("make") is None:
        pytest.skip("needs make")
    folder = build(tmp_path_factory.mktemp("site"), REPOSITORY)
    handler = functools.partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()


@pytest.fixture(scope="module")
def page(window: BrowserContext) -> Page:
    return window.new_page()


@pytest.fixture(scope="module")
def seen(site: Site, window: BrowserContext) -> dict[str, Seen]:
    """Every page, on a telephone."""
    page, found = window.new_page(), {}
    page.set_viewport_size(PHONE)
    for path in sorted(site.folder.rglob("*.html")):
        address = site.url + path.relative_to(site.folder).as_posix()
        found[address] = look_at(page, address, site)
    return found


def look_at(page: Page, address: str, site: Site) -> Seen:
    seen = Seen()

    def note(request: Any) -> None:
        if not request.url.startswith((site.url, "data:")):
            seen.elsewhere.append(request.url)

    page.on("request", note)
    page.goto(address, wait_until="load")
    seen.facts = page.evaluate(LOOK)
    page.remove_listener("request", note)
    return seen


def test_each_page_of_the_course_is_there(seen: dict[str, Seen], site: Site) -> None:
    notebooks = [students_path(path).relative_to(ROOT) for path in solved_notebooks()]
    prose = [path.relative_to(ROOT) for path in (ROOT / "classroom").rglob("*.md")]
    pages = [*notebooks, *prose]
    assert len(notebooks) > len(LESSONS)
    assert {site.address(path.with_suffix("").as_posix()) for path in pages} <= set(seen)


def test_the_first_page_begins_as_readme_does(page: Page, site: Site) -> None:
    page.set_viewport_size(LAPTOP)
    page.goto(site.url)
    opening = page.locator("article h1 ~ p").all_inner_texts()
    assert words(opening[0]) == words(README.split("\n\n")[1])
    headings = page.locator("article h2").evaluate_all("all => all.map(one => one.firstChild.data)")
    assert headings == re.findall(r"(?m)^## (.*)", README)
    assert headings[:2] == ["Start", "Lessons"]
    shown = page.locator("#start pre").all_inner_texts()
    commands = re.findall(r"(?ms)^```\w*\n(.*?)^```", README.partition("## Lessons")[0])
    assert [words(block) for block in shown] == [words(block) for block in commands]
    assert "make lab" in shown[0]
    pictures = page.locator("#start img").evaluate_all("all => all.map(image => image.src)")
    assert [Path(picture).name for picture in pictures] == ["mlflow.png", "lesson.png"]
    assert hrefs(page.locator("#start p").filter(has_text="clone").locator("a")) == [REPOSITORY]
    assert "licence.html" in hrefs(page.get_by_role("link", name="Apache License 2.0"))


def test_the_first_page_lists_each_lesson_with_its_minutes(page: Page, site: Site) -> None:
    page.goto(site.url)
    rows = page.locator("#lessons tbody tr").evaluate_all(
        "rows => rows.map(row => [row.querySelector('a').href, row.cells[1].innerText])"
    )
    openings = (nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4).cells[0].source for name in LESSONS)
    minutes = [re.findall(r"(\d+(?: to \d+)?) minutes", opening) for opening in openings]
    assert rows == [
        [site.address(f"notebooks/{name}"), *stated]
        for name, stated in zip(LESSONS, minutes, strict=True)
    ]


def test_no_link_leads_astray(seen: dict[str, Seen], site: Site) -> None:
    astray = []
    for address, one in seen.items():
        for link in filter(lambda link: link.startswith(site.url), one.facts["links"]):
            target, heading = urldefrag(link)
            target += "index.html" if target.endswith("/") else ""
            file = site.folder / target.split("?")[0].removeprefix(site.url)
            names = seen[target].facts["names"] if target in seen else []
            if not file.is_file() or (heading and heading not in names):
                astray.append(f"{address}: {link}")
    assert astray == []


def test_no_link_leads_to_a_server_that_is_not_there(seen: dict[str, Seen], site: Site) -> None:
    links = [link for one in seen.values() for link in one.facts["links"]]
    assert len(links) > len(seen)
    assert [link for link in links if is_here(link) and not link.startswith(site.url)] == []
    assert [link for link in links if urlsplit(link).scheme not in {"http", "https"}] == []


def test_every_picture_is_there_and_says_what_it_shows(seen: dict[str, Seen]) -> None:
    for address, one in seen.items():
        assert one.facts["undescribed"] == [], address
        assert one.facts["broken"] == [], address


def test_a_telephone_scrolls_in_one_direction(seen: dict[str, Seen]) -> None:
    assert [address for address, one in seen.items() if one.facts["scrolls"] > 0] == []


def test_only_the_drawing_comes_from_elsewhere(seen: dict[str, Seen], site: Site) -> None:
    assert seen[site.address("notebooks/00_start_here")].elsewhere
    asked = [url for one in seen.values() for url in one.elsewhere]
    assert [url for url in asked if "/mermaid@" not in url] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["index", "notebooks/04_refined_spaces", "classroom/grading/grading"]
)
def test_text_stands_out(page: Page, site: Site, name: str, scheme: Any) -> None:
    page.set_viewport_size(LAPTOP)
    page.emulate_media(color_scheme=scheme)
    page.goto(site.address(name))
    expect(page.locator("html")).to_have_attribute("data-theme", scheme)
    assert page.evaluate(PALE) == []


def test_a_reader_chooses_dark_or_light(page: Page, site: Site) -> None:
    page.set_viewport_size(LAPTOP)
    page.emulate_media(color_scheme="light")
    page.goto(site.address("notebooks/01_flat_runs"))
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_label("Color mode").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(site.url)  # and it stays so
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_next_and_back_follow_the_lessons(seen: dict[str, Seen], site: Site) -> None:
    pages = [site.address(name) for name in READING_ORDER]
    for one, following in pairwise(pages):
        assert seen[one].facts["next"] == following
        assert seen[following].facts["back"] == one


def test_the_search_finds_a_term(page: Page, site: Site) -> None:
    page.set_viewport_size(LAPTOP)
    page.goto(site.url)
    page.keyboard.press("Control+k")
    page.keyboard.type("parentRunId")
    page.keyboard.press("Enter")
    results = page.locator("ul.search a")
    lesson = results.and_(page.locator('[href*="02_nested_runs"]'))
    expect(lesson.first).to_be_visible()
    expect(page.locator(".search-summary")).to_contain_text("found")
    lesson.first.click()
    expect(page.locator("article h1")).to_contain_text("Nest child runs")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_can_be_downloaded_and_launched(page: Page, site: Site, name: str) -> None:
    page.set_viewport_size(LAPTOP)
    page.goto(site.address(f"notebooks/{name}"))
    links = hrefs(page.locator(".article-header-buttons a"))
    (download,) = [link for link in links if link.endswith(".ipynb") and "_sources" in link]
    file = site.folder / "notebooks" / download
    assert file.resolve().read_bytes() == (NOTEBOOKS / f"{name}.ipynb").read_bytes()
    (launch,) = [link for link in links if "mybinder.org" in link]
    path = f"notebooks/{name}.ipynb"
    assert launch == f"https://mybinder.org/v2/gh/someone/course/HEAD?urlpath=lab/tree/{path}"


def test_the_answer_to_a_prediction_shows_when_it_is_clicked(page: Page, site: Site) -> None:
    page.goto(site.address("notebooks/01_flat_runs"))
    answer = page.get_by_text("50 runs share 25 names.")
    expect(answer).to_be_hidden()
    folded = page.locator(".cell").filter(has=answer)
    folded.get_by_text("Show the output").click()
    expect(answer).to_be_visible()


@pytest.mark.parametrize("name", ["02_nested_runs", "05_best_child_challenge"])
def test_a_solution_shows_when_it_is_clicked(page: Page, site: Site, name: str) -> None:
    page.goto(site.address(f"notebooks/{name}"))
    code = solutions(NOTEBOOKS / "solutions" / f"{name}.ipynb")
    blocks = page.locator("pre").all()
    shown = [block for block in blocks if (block.text_content() or "").strip() in code]
    assert len(shown) == 2 * len(code)  # where it is written, and where `solution()` shows it
    for block in shown:
        expect(block).to_be_hidden()
    page.get_by_text("Show the content").first.click()
    expect(shown[0]).to_be_visible()


def test_without_an_address_nothing_leads_to_a_repository(site: Site, tmp_path: Path) -> None:
    folder = build(tmp_path, "")
    for name in ("index.html", "notebooks/00_start_here.html"):
        assert re.search("mybinder|someone/course", (site.folder / name).read_text("utf-8"))
        assert not re.search("mybinder|someone/course", (folder / name).read_text("utf-8"))


def words(text: str) -> list[str]:
    """The words of a text, whatever its marks and line breaks."""
    return re.findall(r"\w+", text)


def hrefs(links: Locator) -> list[str]:
    return list(links.evaluate_all("all => all.map(link => link.getAttribute('href'))"))
