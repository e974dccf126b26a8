"""Drive Chromium, and the MLflow UI in it, for the browser tests and `make screenshots`.

playwright is imported only where it is used, because students do not need it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize

TIMEOUT = 60  # seconds: no wait is longer, however slow the machine is
LAPTOP: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
HERE_ALONE = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
HIDE_ASSISTANT = "localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')"


def expect(actual: Locator | Page) -> Any:
    """Return playwright's assertions on a page or a part of it; they wait until they hold."""
    from playwright.sync_api import expect as expected

    return expected(actual)


def find_chromium() -> str | None:
    """Return the path of a Chromium on this machine."""
    names = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def chromium(folder: Path, *, assistant: bool = False) -> Iterator[BrowserContext]:
    """Start Chromium, which can reach only this machine.

    Like a student's, it has a profile, in `folder`. Its cache halves the time of the third visit to
    the MLflow UI. While Chromium runs, nothing else in this thread can use asyncio.

    Args:
        folder: the folder of the profile; empty for a browser that has never seen the MLflow UI.
        assistant: let the panel of the MLflow Assistant open, as it does the first time.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=TIMEOUT * 1000)
    with sync_playwright() as playwright:
        window = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=find_chromium(),
            viewport=LAPTOP,
            args=["--no-first-run", f"--host-resolver-rules={HERE_ALONE}"],
        )
        window.set_default_timeout(TIMEOUT * 1000)
        if not assistant:
            window.add_init_script(HIDE_ASSISTANT)
        yield window
        window.close()


def expander(page: Page, row: int) -> Locator:
    """Return the button that expands and collapses a run's children in the MLflow UI's table."""
    name = page.locator(f'[row-index="{row}"] [role=gridcell]').filter(has=page.get_by_role("link"))
    return name.get_by_role("button")


def click_in_the_ui(page: Page, name: str) -> Locator:
    """Return the element that lesson 00 says to click in the MLflow UI.

    Args:
        page: a page of the MLflow UI.
        name: what the lesson calls it: an experiment in the list, a button, or `×`.
    """
    if name == "×":
        return page.get_by_role("button", name="Close")
    experiment = page.get_by_test_id("experiment-list-item-link").get_by_text(name, exact=True)
    return experiment.or_(page.get_by_role("button", name=name, exact=True))
