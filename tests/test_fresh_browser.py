"""Lesson 00 in a browser that has never seen the MLflow UI: its links, each click of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import mlflow
import nbformat
import pytest

from helpers import connect, run_link, ui_link
from helpers.tracking import Experiment
from tools.browser import chromium, click_in_the_ui, expect, find_chromium
from tools.student_copies import NOTEBOOKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

CELLS = {c.id: c.source for c in nbformat.read(NOTEBOOKS / "00_start_here.ipynb", 4).cells}
CLICKS = re.findall(r"^\d\. \*\*(.+?)\*\*", CELLS["by-hand"], re.M)


@pytest.fixture
def experiment(tracking_uri: str) -> Experiment:
    return connect(CLICKS[0])


@pytest.fixture
def run(experiment: Experiment) -> mlflow.ActiveRun:
    with mlflow.start_run(run_name="my first run") as run:
        mlflow.log_metric("metric1", 0.25)
    return run


@pytest.fixture
def page(tmp_path_factory: pytest.TempPathFactory, run: mlflow.ActiveRun) -> Iterator[Page]:
    """A page in a browser without a profile, which starts once the run is logged."""
    pytest.importorskip("playwright", reason="needs playwright: make setup EXTRAS=1")
    if find_chromium() is None:
        pytest.skip("needs Chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("new"), assistant=True) as window:
        yield window.new_page()


def test_the_links_open_the_run_and_the_table_of_runs(
    page: Page, run: mlflow.ActiveRun, experiment: Experiment
) -> None:
    page.goto(run_link(run).url)
    expect(page.get_by_role("heading", name="my first run")).to_be_visible()
    assistant = page.get_by_text("Welcome to MLflow")
    expect(assistant).to_be_visible()
    assert "**×**" in CELLS["first-run-read"]
    click_in_the_ui(page, "×").click()
    expect(assistant).to_have_count(0)

    page.goto(experiment.link().url)
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="my first run").first).to_be_visible()
    expect(assistant).to_have_count(0)  # it stays closed
    assert "*shared view*" in CELLS["first-run-read"]
    expect(page.get_by_text("shared view").first).to_be_visible()
    page.get_by_role("button", name="Hide banner").click()  # its ×
    expect(page.get_by_text("shared view")).to_have_count(0)


def test_each_click_of_the_way_by_hand_and_the_first_alone_the_next_time(
    page: Page, experiment: Experiment
) -> None:
    in_the_list, *others = CLICKS
    names = [experiment.name, *others]
    assert experiment.name.endswith(in_the_list)  # a class has a prefix before it
    runs = page.get_by_role("link", name="my first run").first
    page.goto(ui_link().url)
    for name in names:
        expect(runs).to_be_hidden()
        click_in_the_ui(page, name).click()
    expect(runs).to_be_visible()
    page.goto(ui_link().url)
    click_in_the_ui(page, names[0]).click()
    expect(runs).to_be_visible()
