"""Take the pictures of README and lessons, and one of all that a student sees: `make screenshots`.

Those of the README and the lessons are docs/*.png: docs/mlflow_01.png is the page that the main
link of lesson 01 opens, docs/click_*.png what lesson 00 says to click. The others are for whoever
changes a lesson, to be looked at: each lesson in JupyterLab, light and dark and as a static page,
and each page that it links to. With names of lessons (`python -m tools.screenshots 01_flat_runs`),
only theirs.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
from nbconvert import HTMLExporter
from tqdm import tqdm

from helpers import connect, run_link, ui_link
from tools.browser import chromium, click_in_the_ui, expander, expect
from tools.lab import CHALLENGE, LESSONS, ROOT, Lab, jupyterlab, right_answer
from tools.servers import temporary_server
from tools.student_copies import NOTEBOOKS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, FloatRect, Page, ViewportSize

PICTURES, DOCS = ROOT / "screenshots", ROOT / "docs"
WINDOW: ViewportSize = {"width": 1200, "height": 800}
SMALL: ViewportSize = {"width": 1200, "height": 560}
LONG: ViewportSize = {"width": 1200, "height": 12000}
MAIN_LINK = 1  # of a lesson's links, counted from 0; the first is that of `connect`


def lesson(lab: Lab, page: Page, name: str, look: str) -> list[str]:
    """Run a lesson and take a picture of all of it; return the addresses that it links to."""
    page.set_viewport_size(LONG)
    notebook = lab.open(page, name)
    notebook.start()
    notebook.finish()
    notebook.panel.locator(".jp-WindowedPanel-outer").evaluate("pane => pane.scrollTop = 0")
    box = notebook.panel.locator(".jp-Cell").last.bounding_box()
    assert box
    height = box["y"] + box["height"]
    clip: FloatRect = {"x": 0, "y": 0, "width": WINDOW["width"], "height": height}
    page.screenshot(path=PICTURES / f"{Path(name).name}_{look}.png", clip=clip)
    links = notebook.panel.locator(".jp-OutputArea a").all()
    return list(dict.fromkeys(str(link.get_attribute("href")) for link in links))


def linked_page(
    window: BrowserContext,
    address: str,
    path: Path,
    *,
    size: ViewportSize = WINDOW,
    unfold: bool = False,
) -> None:
    """Take a picture of a page of the MLflow UI."""
    page = window.new_page()
    page.set_viewport_size(size)
    page.goto(address)
    # At the end of the runs, of the experiments, or of what is known about a run or a model.
    known = re.compile("matching run|Last modified|Tags|Parallel|Versions")
    expect(page.get_by_text(known).first).to_be_visible()
    banner = page.get_by_role("button", name="Hide banner")
    if (unfold or size is SMALL) and banner.is_visible():
        banner.click()
    if unfold:
        expander(page, 1).click()
        expect(page.locator('[row-index="2"]').get_by_role("link")).to_be_visible()
    page.wait_for_timeout(2000)  # what comes late comes in no order; some pages never stop asking
    page.screenshot(path=path)
    page.close()


def static_page(page: Page, name: str, folder: Path) -> None:
    """Take a picture of a notebook as nbconvert shows it, outputs as they are stored."""
    solved = NOTEBOOKS / "solutions" / f"{name}.ipynb"
    html, _ = HTMLExporter().from_filename(str(solved))
    path = folder / "notebooks" / "solutions" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    page.set_viewport_size(WINDOW)
    page.goto(path.as_uri())
    page.screenshot(path=PICTURES / f"{name}_static.png", full_page=True)


def checked_challenge(lab: Lab, page: Page) -> None:
    """Take a picture of a wrong answer to the challenge, with what the check says to it."""
    page.set_viewport_size(WINDOW)
    notebook = lab.open(page, CHALLENGE)
    notebook.start()
    notebook.finish()
    notebook.type("execute-tuning", right_answer().replace("min(results", "max(results"))
    notebook.run("execute-tuning")
    notebook.run("check-execute-tuning")
    expect(notebook.cell("check-execute-tuning")).to_contain_text("NOT RIGHT YET")
    notebook.cell("check-read").evaluate("cell => cell.scrollIntoView({block: 'end'})")
    page.screenshot(path=DOCS / "lesson.png")


def in_jupyterlab(window: BrowserContext, folder: Path, names: list[str]) -> None:
    """Take the pictures of lessons and of the pages that they link to."""
    page = window.new_page()
    with jupyterlab(folder / "light") as lab:
        for name in tqdm(names, desc="light", unit="lesson"):
            links = lesson(lab, page, name, "light")
            for number, address in enumerate(links):
                linked_page(window, address, PICTURES / f"{name}_link_{number}.png")
            if name == CHALLENGE:
                lab.end_kernels()
                checked_challenge(lab, page)
                links = lesson(lab, page, f"solutions/{name}", "solved")
            if name == "02_nested_runs":  # the README shows it, too
                linked_page(window, links[MAIN_LINK], DOCS / "mlflow.png", unfold=True)
            elif "00" < name <= CHALLENGE:
                main = DOCS / f"mlflow_{name[:2]}.png"
                unfold = name == "03_tagged_custom_spaces"
                linked_page(window, links[MAIN_LINK], main, size=SMALL, unfold=unfold)
            lab.end_kernels()
    with jupyterlab(folder / "dark", "JupyterLab Dark") as lab:
        for name in tqdm(names, desc="dark", unit="lesson"):
            lesson(lab, page, name, "dark")
            lab.end_kernels()


def first_clicks(folder: Path) -> None:
    """Take the pictures of what lesson 00 says to click, in a browser that is new to the UI."""
    connect("Start Here")
    source = {"mlflow.source.name": "00_start_here.ipynb", "mlflow.source.type": "NOTEBOOK"}
    with mlflow.start_run(run_name="my first run", tags=source) as run:  # as from JupyterLab
        mlflow.log_metric("metric1", 0.25)
    with chromium(folder, assistant=True) as window:
        page = window.new_page()
        page.set_viewport_size(SMALL)
        page.goto(run_link(run).url)
        expect(page.get_by_text("Created by")).to_be_visible()
        framed(page, "×", "click_assistant")
        page.goto(ui_link().url)
        click_in_the_ui(page, "Start Here").click()
        framed(page, "Got it", "click_got_it")
        framed(page, "Model training", "click_model_training")


def framed(page: Page, name: str, picture: str) -> None:
    """Take a picture with a frame around what is to be clicked, then click it."""
    target = click_in_the_ui(page, name)
    target.evaluate(
        "it => { it.style.outline = '4px solid orange'; it.style.outlineOffset = '3px' }"
    )
    page.wait_for_timeout(2000)  # what comes late comes in no order
    page.screenshot(path=DOCS / f"{picture}.png")
    target.click()


def main() -> None:
    """Take all pictures, on a tracking server of their own."""
    names = sys.argv[1:] or LESSONS
    PICTURES.mkdir(exist_ok=True)
    os.environ.pop("EXPERIMENT_PREFIX", None)
    # Without its last files, which Chromium may write while the folder is deleted.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        take(Path(name), names)


def take(folder: Path, names: list[str]) -> None:
    """Take the pictures of lessons."""
    with temporary_server() as server:
        os.environ["MLFLOW_TRACKING_URI"] = server.url
        if "00_start_here" in names:
            first_clicks(folder / "new")
        with chromium(folder / "chromium") as window:
            in_jupyterlab(window, folder, names)
            (folder / "docs").symlink_to(DOCS)
            for name in names:
                static_page(window.new_page(), name, folder)


if __name__ == "__main__":
    main()
