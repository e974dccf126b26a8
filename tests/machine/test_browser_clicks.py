"""The clicks in the MLflow UI that lesson 06 describes, and what they show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlflow import MlflowClient

from helpers import children
from tests.shared import follow
from tools.browser import click_in_the_ui, expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tools.drive_lab import Notebook

SWEEPS = ("large rates", "small rates")


def check_artifacts(page: Page, parent: str) -> None:
    """Open a parent's artifacts; expect the figure, and the table that was logged twice."""
    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_text("sweep.png", exact=True).click()
    figure = page.get_by_role("img", name="sweep.png")
    expect(figure).to_be_visible()
    expect(figure).not_to_have_js_property("naturalWidth", 0)  # 0 if the image could not be loaded
    page.get_by_text("children.json", exact=True).click()
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["run_id", "rate", "size", "loss"])
    # MLflow 3.17 leaves a cell empty if the name of its column contains a dot. `log_table` rounds.
    sweep = children(parent)[["run_id", "params.rate", "params.size", "metrics.loss"]].round(10)
    cells = [str(value) for row in [*sweep.itertuples(index=False)] * 2 for value in row]
    expect(table.get_by_role("cell")).to_have_text(cells)


def check_groups(page: Page) -> None:
    """Expect the mean loss of each sweep, choose Minimum, and expect the lowest loss."""
    names = page.get_by_text(re.compile("^Group: "))
    expect(names).to_have_count(len(SWEEPS))
    parents = [name.removeprefix("Group: ") for name in names.all_inner_texts()]
    losses = {parent: children(parent)["metrics.loss"] for parent in parents}
    for parent, loss in losses.items():
        digits = re.escape(str(loss.mean())[:8])  # the last ones depend on the order of the sum
        expect(group_loss(page, parent)).to_have_text(re.compile(rf"^{digits}\d* \(average\)$"))
    page.get_by_role("button", name="Group by").click()
    # The tag topic shows that the menu lists tags. It comes after Dataset, before the parameters.
    listed = ["Dataset", "topic", "direction", "rate", "rates", "size", "sizes"]
    expect(page.get_by_role("menuitemcheckbox")).to_have_text(listed)
    page.get_by_role("button", name="Change aggregation function").click()  # the gear
    page.get_by_role("menuitemradio", name="Minimum").click()
    for parent, loss in losses.items():
        expect(group_loss(page, parent)).to_have_text(f"{loss.min()} (min)")


def group_loss(page: Page, parent: str) -> Locator:
    """Return the cell with the loss of the group of a parent's children."""
    name = page.locator("[row-index]").filter(has_text=f"Group: {parent}")
    number = name.get_attribute("row-index")
    return page.locator(f'[row-index="{number}"] [col-id="metrics.`loss`"]')


def check_comparison(page: Page) -> None:
    """Expect the names and the search spaces of both parents side by side, and no metrics."""
    expect(page.get_by_role("heading", name="Comparing 2 Runs from 1 Experiment")).to_be_visible()
    expect(section(page, "Visualizations")).to_be_visible()
    expect(values(section(page, "Run details"), "Run Name:")).to_have_text(SWEEPS)
    parameters = section(page, "Parameters")
    for name, texts in (
        ("direction", ["minimize", "minimize"]),
        ("rates", ["[ 0.5, 2 ]", "[ 0.1, 0.3 ]"]),
        ("sizes", ["[ 32, 128 ]", "[ 32, 128 ]"]),
    ):
        expect(values(parameters, name)).to_have_text(texts)
    expect(section(page, "Metrics")).to_contain_text("No metrics to display.")


def section(page: Page, name: str) -> Locator:
    """Return a section of the page that compares runs, with its heading."""
    return page.get_by_role("button", name=name, exact=True).locator("..")


def values(part: Locator, name: str) -> Locator:
    """Return the cells in the row with this header, one for each run."""
    header = part.page.get_by_role("rowheader", name=name, exact=True)
    return part.get_by_role("row").filter(has=header).get_by_role("cell")


def test_each_click_of_lesson_06_shows_what_the_lesson_says(lesson_06: Notebook) -> None:
    record = follow(lesson_06, "note-code")
    click_in_the_ui(record, "×").click()
    [parent] = re.findall(r"/runs/(\w+)", record.url)
    check_artifacts(record, parent)

    MlflowClient().set_tag(parent, "topic", "toy data")
    groups = follow(lesson_06, "group-code")
    check_groups(groups)

    runs = follow(lesson_06, "connect-code")
    for name in SWEEPS:
        link = runs.get_by_role("link", name=name, exact=True)
        row = runs.locator("[row-index]").filter(has=link)
        row.locator("input[type=checkbox]").first.check(force=True)
    runs.get_by_role("button", name="Compare", exact=True).click()
    check_comparison(runs)
    for tab in (record, groups, runs):
        tab.close()
