"""The site's page *Try it*, used in a browser as a visitor does."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from helpers.configured_server import is_here
from tests.shared import assert_accessible, wait_for
from tools.browser import LAPTOP, expect
from tools.temporary_server import free_url

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

KEYS_REACH_CODE = """() => [...document.querySelectorAll("pre")].every(
    pre => pre.scrollWidth <= pre.clientWidth || pre.tabIndex === 0)"""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The page's address, served as any site is."""
    if not (site / "try_it.html").exists():
        pytest.skip("needs npm, and a registry that it can ask")
    url = free_url()
    command = [sys.executable, "-m", "http.server", str(urlsplit(url).port), "--bind", "127.0.0.1"]
    server = subprocess.Popen([*command, "--directory", str(site)])
    try:
        wait_for(url)
        yield f"{url}/try_it.html"
    finally:
        server.terminate()
        server.wait()


def run(page: Page, cell: int, code: str | None, status: str) -> None:
    """Run a cell with the keyboard, and wait until the page has said how it ended."""
    editor = page.get_by_label(f"Cell {cell}", exact=True)
    if code is not None:
        editor.fill(code)
    editor.press("Shift+Enter")
    expect(page.locator("#try-status")).to_contain_text(status)


@pytest.mark.parametrize("mlflow_version", [version("mlflow-skinny")])
def test_this_mlflow_runs_in_a_browser_tab(
    window: BrowserContext, address: str, node_modules: Path, mlflow_version: str
) -> None:
    page, asked = window.new_page(), list[str]()
    window.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size(LAPTOP)
    page.goto(address)
    expect(page.locator("article")).to_contain_text(f"MLflow {mlflow_version} runs")
    expect(page.get_by_label("Run cell 1")).to_be_enabled()
    assert not [url for url in asked if re.search(r"pyodide|packages\.zip", url)]
    started = time.monotonic()
    run(page, 1, None, "Done.")
    print(f"{time.monotonic() - started:.1f} s to the first nested run")
    expect(page.locator("#try-tree li li")).to_have_count(2)
    assert all(is_here(url) for url in asked if url.startswith("http"))
    window.set_offline(True)  # all that follows needs no network
    run(page, 2, None, "Done.")
    expect(page.get_by_label("Output of cell 2")).to_contain_text("{'param1': '0.2'}")
    for code, problem in (
        ("x = 1\n1 / 0", "Line 2: ZeroDivisionError: division by zero"),
        ("import pandas", "This page does not have pandas. The two commands below bring it."),
        ("x =", "Line 1: SyntaxError"),
        ("import threading\nthreading.Thread(target=print).start()", "A page has no threads"),
    ):
        run(page, 3, code, "ended with an error")
        expect(page.get_by_label("Output of cell 3")).to_contain_text(problem)
    run(page, 3, "while True: pass", "Running")
    window.set_offline(False)
    page.get_by_role("button", name="Stop").press("Enter")
    expect(page.locator("#try-status")).to_contain_text("Runs of earlier cells are kept")
    run(page, 1, None, "Done.")
    expect(page.locator("#try-tree > ul > li")).to_have_count(2)

    def wait_until_shown(scheme: str) -> None:
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        page.wait_for_function(KEYS_REACH_CODE)  # a moment after the window has another size

    assert_accessible(page, node_modules, wait_until_shown)
    page.close()


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("delete self.WebAssembly", "This browser has no WebAssembly"),
        ("self.Worker = function () { throw new Error('blocked') }", "blocked"),
    ],
)
def test_without_what_it_needs_the_page_shows_the_recording(
    window: BrowserContext, address: str, broken: str, sentence: str
) -> None:
    page = window.new_page()
    page.add_init_script(broken)
    page.goto(address)
    expect(page.locator("#try-status")).not_to_contain_text("JavaScript")
    if page.get_by_label("Run cell 1").is_enabled():
        page.get_by_label("Run cell 1").click()
    expect(page.locator("#try-status")).to_contain_text(sentence)
    expect(page.get_by_alt_text("A recording")).to_be_visible()
    page.close()
