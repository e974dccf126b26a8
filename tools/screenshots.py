"""Take the pictures of the README, and one of everything that a student sees: `make screenshots`.

The README's are docs/*.png. The others are for whoever changes a lesson, to be looked at: each
lesson in JupyterLab, light and dark and as a static page, and each page that it links to.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nbconvert import HTMLExporter
from tqdm import tqdm

from tools.browser import chromium, expander, expect
from tools.lab import CHALLENGE, LESSONS, ROOT, Lab, jupyterlab, right_answer
from tools.servers import temporary_server

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, FloatRect, Page, ViewportSize

PICTURES, DOCS = ROOT / "screenshots", ROOT / "docs"
WINDOW: ViewportSize = {"width": 1200, "height": 800}
LONG: ViewportSize = {"width": 1200, "height": 9000}


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
    page.screenshot(path=PICTURES / f"{name}_{look}.png", clip=clip)
    links = notebook.panel.locator(".jp-OutputArea a").all()
    return list(dict.fromkeys(str(link.get_attribute("href")) for link in links))


def linked_page(window: BrowserContext, address: str, path: Path, *, unfold: bool = False) -> None:
    """Take a picture of a page of the MLflow UI."""
    page = window.new_page()
    page.set_viewport_size(WINDOW)
    page.goto(address)
    # At the end of the runs, of the experiments, or of what is known about a run.
    expect(page.get_by_text(re.compile("matching run|Last modified|Tags")).first).to_be_visible()
    if unfold:
        page.get_by_role("button", name="Hide banner").click()
        expander(page, 1).click()
        expect(page.locator('[row-index="2"]').get_by_role("link")).to_be_visible()
    page.screenshot(path=path)
    page.close()


def static_page(page: Page, name: str, folder: Path) -> None:
    """Take a picture of a notebook as nbconvert shows it, outputs as they are stored."""
    html, _ = HTMLExporter().from_filename(str(ROOT / "notebooks" / f"{name}.ipynb"))
    (folder / f"{name}.html").write_text(html, encoding="utf-8")
    page.set_viewport_size(WINDOW)
    page.goto((folder / f"{name}.html").as_uri())
    page.screenshot(path=PICTURES / f"{name}_static.png", full_page=True)


def checked_challenge(lab: Lab, page: Page) -> None:
    """Take a picture of a wrong answer to the challenge, with what the check says to it."""
    page.set_viewport_size(WINDOW)
    notebook = lab.open(page, CHALLENGE)
    notebook.start()
    notebook.finish()
    notebook.type("execute-tuning", right_answer().replace("min(starmap", "max(starmap"))
    notebook.run("execute-tuning")
    notebook.run("check-execute-tuning")
    expect(notebook.cell("check-execute-tuning")).to_contain_text("NOT RIGHT YET")
    notebook.cell("check-read").evaluate("cell => cell.scrollIntoView({block: 'end'})")
    page.screenshot(path=DOCS / "lesson.png")


def in_jupyterlab(window: BrowserContext, folder: Path) -> None:
    """Take the pictures of all lessons and of the pages that they link to."""
    page = window.new_page()
    with jupyterlab(folder / "light") as lab:
        for name in tqdm(LESSONS, desc="light", unit="lesson"):
            links = lesson(lab, page, name, "light")
            for number, address in enumerate(links):
                linked_page(window, address, PICTURES / f"{name}_link_{number}.png")
            if name == "02_nested_runs":
                linked_page(window, links[0], DOCS / "mlflow.png", unfold=True)
            lab.end_kernels()
        checked_challenge(lab, page)
    with jupyterlab(folder / "dark", "JupyterLab Dark") as lab:
        for name in tqdm(LESSONS, desc="dark", unit="lesson"):
            lesson(lab, page, name, "dark")
            lab.end_kernels()


def main() -> None:
    """Take all pictures, on a tracking server of their own."""
    PICTURES.mkdir(exist_ok=True)
    os.environ.pop("EXPERIMENT_PREFIX", None)
    # Without its last files, which Chromium may write while the folder is deleted.
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        chromium(Path(name, "chromium")) as window,
    ):
        with temporary_server() as server:
            os.environ["MLFLOW_TRACKING_URI"] = server.url
            in_jupyterlab(window, Path(name))
        for lesson_name in LESSONS:
            static_page(window.new_page(), lesson_name, Path(name))


if __name__ == "__main__":
    main()
