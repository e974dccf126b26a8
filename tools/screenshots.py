"""Take the pictures of README and the lessons in docs/: `make screenshots`.

docs/mlflow_01.png is the page that the main link of lesson 01 opens, docs/click_*.png are what
lesson 00 says to click, and docs/course.gif is the recording at the top of README.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
from PIL import Image
from tqdm import tqdm

from helpers import connect, links, ui_link
from tools.browser import chromium, click_in_the_ui, expander, expect
from tools.drive_lab import CHALLENGE, Lab, jupyterlab, right_answer
from tools.lesson_list import CORE_LESSONS, ROOT
from tools.temporary_server import temporary_server

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, ViewportSize

DOCS = ROOT / "docs"
WINDOW: ViewportSize = {"width": 1200, "height": 800}
SMALL: ViewportSize = {"width": 1200, "height": 560}
EXPANDED = {"mlflow", "mlflow_03"}  # their first parent run shows its children
SCENES = {  # of the recording, by the picture that has been taken before
    "mlflow_01": ("Lesson 01: 50 runs in a flat list. Which belong together?", 4),
    "mlflow": ("Lesson 02: the same sweeps as parent runs, one of them expanded", 5),
}
SHOW_CAPTION = """text => {
    const bar = document.createElement("div");
    bar.id = "caption";
    bar.textContent = text;
    bar.style = "position: fixed; inset: auto 0 0 0; z-index: 99999; padding: 14px; color: white; "
        + "background: #14365d; font: 600 26px sans-serif; text-align: center";
    document.body.append(bar);
}"""
HIDE_CAPTION = "() => document.getElementById('caption').remove()"


class Recording:
    """The scenes of docs/course.gif, as pictures with a caption."""

    def __init__(self) -> None:
        self.frames: list[Image.Image] = []
        self.milliseconds: list[int] = []

    def add(self, page: Page, caption: str, seconds: int) -> None:
        """Add what a page shows now, for some seconds."""
        page.evaluate(SHOW_CAPTION, caption)
        picture = Image.open(io.BytesIO(page.screenshot()))
        page.evaluate(HIDE_CAPTION)
        self.frames.append(picture.resize((900, 600)).quantize(128))
        self.milliseconds.append(1000 * seconds)

    def save(self, path: Path) -> None:
        """Write all scenes into a GIF that repeats."""
        first, *others = self.frames
        first.save(path, save_all=True, append_images=others, duration=self.milliseconds, loop=0)


def main_link(lab: Lab, page: Page, name: str) -> str:
    """Run a lesson; return the address of its main link, the one after that of `connect`."""
    notebook = lab.open(page, name)
    notebook.start()
    notebook.finish()
    return str(notebook.panel.locator(".jp-OutputArea a").nth(1).get_attribute("href"))


def linked_page(window: BrowserContext, address: str, name: str, recording: Recording) -> None:
    """Take a picture of a page of the MLflow UI.

    Args:
        window: the browser's.
        address: the page's.
        name: of the picture.
        recording: gets the page as a scene, if it is one.
    """
    page = window.new_page()
    page.set_viewport_size(SMALL)
    page.goto(address)
    # At the end of the runs or of the experiments.
    expect(page.get_by_text(re.compile("matching run|Last modified")).first).to_be_visible()
    banner = page.get_by_role("button", name="Hide banner")
    if banner.is_visible():
        banner.click()
    if name in EXPANDED:
        expander(page, 1).click()
        expect(page.locator('[row-index="2"]').get_by_role("link")).to_be_visible()
    page.wait_for_timeout(2000)  # what comes late comes in no order; some pages never stop asking
    page.screenshot(path=DOCS / f"{name}.png")
    if name in SCENES:
        page.set_viewport_size(WINDOW)
        recording.add(page, *SCENES[name])
    page.close()


def checked_challenge(lab: Lab, page: Page, recording: Recording) -> None:
    """Record what the check says to a wrong answer to the challenge, and to a right one."""
    page.set_viewport_size(WINDOW)
    notebook = lab.open(page, CHALLENGE)
    notebook.start()
    notebook.finish()
    right = right_answer()
    wrong = right.replace("min(results", "max(results")
    for answer, verdict, caption, seconds in (
        (wrong, "NOT RIGHT YET", "a wrong answer, and what the check found", 6),
        (right, "SOLVED", "a right answer", 5),
    ):
        notebook.type("execute-tuning", answer)
        notebook.run("execute-tuning")
        notebook.run("check-execute-tuning")
        expect(notebook.cell("check-execute-tuning")).to_contain_text(verdict)
        notebook.cell("check-read").evaluate("cell => cell.scrollIntoView({block: 'end'})")
        recording.add(page, f"Lesson 05: {caption}", seconds)


def first_clicks(folder: Path) -> None:
    """Take the pictures of what lesson 00 says to click, in a browser that is new to the UI."""
    experiment = connect("Start Here")
    source = {"mlflow.source.name": "00_start_here.ipynb", "mlflow.source.type": "NOTEBOOK"}
    with mlflow.start_run(run_name="my first sweep", tags=source):  # as from JupyterLab
        for name, metric1 in (("try x", 0.25), ("try y", 0.45)):
            with mlflow.start_run(run_name=name, tags=source, nested=True):
                mlflow.log_metric("metric1", metric1)
    with chromium(folder, assistant=True) as window:
        page = window.new_page()
        page.set_viewport_size(SMALL)
        page.goto(links.page(f"experiments/{experiment.experiment_id}/runs"))
        expect(page.get_by_role("link", name="my first sweep")).to_be_visible()
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
    """Take the pictures, on a tracking server of their own."""
    os.environ.pop("EXPERIMENT_PREFIX", None)
    # Without its last files, which Chromium may write while the folder is deleted.
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        temporary_server() as server,
    ):
        os.environ["MLFLOW_TRACKING_URI"] = server.url
        first_clicks(Path(folder, "new"))
        with chromium(Path(folder, "chromium")) as window, jupyterlab(Path(folder)) as lab:
            page, recording = window.new_page(), Recording()
            for name in tqdm(CORE_LESSONS[1:], unit="lesson"):
                if name == CHALLENGE:
                    checked_challenge(lab, page, recording)
                link = main_link(lab, page, f"solutions/{name}" if name == CHALLENGE else name)
                picture = "mlflow" if name == "02_nested_runs" else f"mlflow_{name[:2]}"
                linked_page(window, link, picture, recording)
            recording.save(DOCS / "course.gif")


if __name__ == "__main__":
    main()
