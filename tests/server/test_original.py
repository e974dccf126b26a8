"""Lesson 05 with solutions that are not its own: another shape, and that of MLflow's tutorial.

Each is pasted into the student's copy, over the functions to start from, as a student would do it.
The whole page then runs on the tracking server: the check passes, and no cell after it fails.
"""

from __future__ import annotations

import os
import re

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.tracking import prefixed
from tests.answers import find
from tests.submissions import STUDENT
from tools.lessons import ROOT

# MLflow's page on parent and child runs, as text. It is no part of this repository.
PAGE = ROOT.parent / "shared" / "seed" / "parent-child-runs.md"


def expect_solved(source: str, prefix: str) -> None:
    """Run the student's copy with this code in its place, as a student with a prefix."""
    notebook = nbformat.read(STUDENT, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    cells["execute-tuning"].source = source
    where = {"metadata": {"path": str(STUDENT.parent)}}
    environment = os.environ | {"EXPERIMENT_PREFIX": prefixed(prefix)}
    NotebookClient(notebook, timeout=300, resources=where).execute(env=environment)
    assert "✓ SOLVED" in str(cells["check-execute-tuning"].outputs)
    assert "<img" in str(cells["figure-code"].outputs)


def test_a_solution_of_another_shape_passes_and_every_cell_works() -> None:
    """Its children have children, and it returns nothing."""
    source = find("best_child", "right", "steps_below_the_children").source
    expect_solved(source.replace("    return parent.info.run_id\n", ""), "another shape ")


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
    expect_solved("\n".join([*imports, block]), "the original ")
