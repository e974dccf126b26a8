"""Lesson 05 with solutions that are not its own: MLflow's tutorial's first, then other shapes.

Each is pasted into the student's copy, over the functions to start from, as a student would do it.
The whole page then runs on the tracking server: the check passes, and no cell after it fails.
"""

from __future__ import annotations

import re

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.tracking import prefixed
from tests.answers import answers
from tests.submissions import STUDENT
from tools.lessons import ROOT

# MLflow's page on parent and child runs, as text. It is no part of this repository.
PAGE = ROOT.parent / "shared" / "seed" / "parent-child-runs.md"
RIGHT = {a.name: a.source for a in answers("best_child") if a.kind == "right"}


def play(source: str) -> dict[str, str]:
    """Run the student's copy with this code in its place; return all that each cell has shown."""
    notebook = nbformat.read(STUDENT, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    cells["execute-tuning"].source = source
    where = {"metadata": {"path": str(STUDENT.parent)}}
    NotebookClient(notebook, timeout=300, allow_errors=True, resources=where).execute()
    return {name: str(cell.outputs) for name, cell in cells.items()}


def expect_solved(shown: dict[str, str]) -> None:
    assert [text for text in shown.values() if "'output_type': 'error'" in text] == []
    assert "✓ SOLVED" in shown["check-execute-tuning"]
    assert "<img" in shown["figure-code"]


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefixed(f"{request.node.name} "))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # answers import what they share
    for name in ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["tutorial", "steps_below_the_children"])
def test_a_solution_of_another_shape_passes_and_every_cell_works(name: str) -> None:
    """One that draws numbers of its own and returns nothing; one whose children have children."""
    expect_solved(play(RIGHT[name]))


@pytest.mark.elsewhere
def test_the_originals_last_block_passes_and_every_cell_works(tracking_uri: str) -> None:
    """It names a server and an experiment, and logs five tunings under the page's own tag.

    The server is the test's, in place of the one that has the course's usual port; the experiment
    is another than the lesson's, as it is wherever a class has a prefix.
    """
    if not PAGE.exists():
        pytest.skip(f"needs the text of MLflow's page on parent and child runs at {PAGE}")
    first, *_, block = re.findall(r"^```\n(.*?)^```$", PAGE.read_text("utf-8"), re.S | re.M)
    imports = re.findall(r"^(?:import|from) .*", first, re.M)
    block = block.replace("http://localhost:8080", tracking_uri)
    block = block.replace("Parent Child Association Challenge", prefixed("the original's own"))
    assert block.count(tracking_uri) == block.count("the original's own") == 1
    expect_solved(play("\n".join([*imports, block])))
