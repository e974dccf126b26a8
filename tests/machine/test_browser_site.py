"""The web site of `make site`, read in a browser as its readers do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

import pytest

from exercises.predictions.questions import all_questions
from helpers.configured_server import is_here
from tests.shared import SITE_HUB, SITE_REPOSITORY, assert_accessible
from tools.browser import PHONE, expect
from tools.lesson_list import LESSONS
from tools.student_copies import NOTEBOOKS, solutions

if TYPE_CHECKING:
    from playwright.sync_api import Page

# One of each kind: first page, lesson, cheat sheet, prose, table, search.
KINDS = [
    "index",
    "notebooks/04_refined_spaces",
    "notebooks/cheat_sheet",
    "classroom/grading/grading",
    "docs/comparison",
    "search",
]
# Everything unfolded, and no longer moving.
UNFOLD = """async () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    await Promise.allSettled(document.getAnimations().map(animation => animation.finished));
}"""
# Links, the names to which one can lead, text, and what is wrong: a picture that is not there or is
# not described, a table without headings, a line that one has to scroll, an answer not folded.
LOOK = """() => ({
    links: [...document.links].map(link => link.href),
    names: [...document.querySelectorAll("[id]")].map(element => element.id),
    all: document.body.textContent,
    shown: document.body.innerText,
    wrong: [
        ...[...document.images].filter(image => !image.alt.trim()
            || image.checkVisibility() && !image.naturalWidth),
        ...document.querySelectorAll("article table:not(:has(th))"),
        ...[document.documentElement].filter(page => page.scrollWidth > page.clientWidth),
        ...[...document.querySelectorAll(".tag_hide-output .cell_output")].filter(
            answer => answer.checkVisibility()),
    ].map(element => element.outerHTML.slice(0, 200)),
})"""


def test_on_a_telephone_every_page_is_whole_and_no_link_leads_astray(
    page: Page, site: Path
) -> None:
    page.set_viewport_size(PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen: dict[str, Any] = {}
    for path in site.rglob("*.html"):
        page.goto(path.as_uri())
        seen[path.as_uri()] = page.evaluate(LOOK)
    assert {urlsplit(url).hostname for url in asked} == {None}  # nothing comes from elsewhere
    for address, facts in seen.items():
        assert facts["wrong"] == [], address
        for link in facts["links"]:
            parts = urlsplit(link)
            if parts.scheme == "file":
                assert Path(parts.path).is_file(), (address, link)
                assert not parts.fragment or parts.fragment in seen[urldefrag(link).url]["names"]
            else:
                assert parts.scheme in {"http", "https"}, (address, link)
                assert not is_here(link), (address, link)
    for name in LESSONS:
        facts = seen[(site / "notebooks" / f"{name}.html").as_uri()]
        [download] = {link for link in facts["links"] if re.search(r"_sources/.*\.ipynb$", link)}
        copy = Path(urlsplit(download).path)
        assert copy.read_bytes() == (NOTEBOOKS / f"{name}.ipynb").read_bytes()
        for code in solutions(NOTEBOOKS / "solutions" / f"{name}.ipynb"):
            # Where it is written, and where `solution()` shows it: folded.
            assert (facts["all"].count(code), facts["shown"].count(code)) == (2, 0), name


@pytest.mark.parametrize("name", KINDS)
def test_a_page_is_accessible(page: Page, site: Path, node_modules: Path, name: str) -> None:
    def open_unfolded(scheme: str) -> None:
        page.goto((site / f"{name}.html").as_uri())
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        page.evaluate(UNFOLD)

    assert_accessible(page, node_modules, open_unfolded)


def test_the_first_page_leads_to_the_course_and_says_how_long_lessons_take(
    page: Page, site: Path
) -> None:
    page.goto((site / "index.html").as_uri())
    clone = page.locator("#start").get_by_role("link", name="this repository")
    expect(clone).to_have_attribute("href", SITE_REPOSITORY)
    for place in (
        "mybinder.org/v2/gh/someone/course/",
        "codespaces.new/someone/course",
        f"{SITE_HUB}/",
    ):
        expect(page.locator(f'article p a[href*="{place}"]')).to_have_count(1)
    sweeps = page.locator(".run-tree > li > details")
    expect(sweeps).to_have_count(5)
    expect(sweeps.locator("li:visible")).to_have_count(5)  # those of the first sweep
    sweeps.nth(1).locator("summary").press("Enter")
    expect(sweeps.locator("li:visible")).to_have_count(10)
    page.goto((site / "notebooks" / "02_nested_runs.html").as_uri())
    question = page.locator(".prediction").last
    for choice in all_questions()["orphans"].choice:  # one sentence at a time, and no answer
        question.get_by_text(choice.text).press("Enter")
        expect(question.locator("details p:visible")).to_have_text(choice.reason)
    page.go_back()
    minutes = page.locator("#lessons tbody td:nth-child(2)").all_inner_texts()
    assert all(re.fullmatch(r"\d+( to \d+)?", shown) for shown in minutes)
    assert len(minutes) == len(LESSONS)
