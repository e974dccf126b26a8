"""Lesson 05 with the solution of MLflow's tutorial: its own numbers, and nothing is returned.

It is pasted into the student's copy, over the functions to start from, as a student would do it.
The whole page then runs on the tracking server: the check passes, and no cell after it fails.
"""

from __future__ import annotations

import os

import nbformat
from nbclient import NotebookClient

from helpers.tracking import prefixed
from tests.answers import find
from tests.submissions import STUDENT

# The tutorial's code chooses an experiment, too: another one than the page does.
CHOOSES = "\n\nmlflow.set_experiment({!r})\n"


def test_the_tutorials_solution_passes_and_every_cell_works(tracking_uri: str) -> None:
    notebook = nbformat.read(STUDENT, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    prefix = prefixed("the tutorial ")
    source = find("best_child", "right", "tutorial").source
    cells["execute-tuning"].source = source + CHOOSES.format(f"{prefix}of its own")
    where = {"metadata": {"path": str(STUDENT.parent)}}
    environment = os.environ | {"EXPERIMENT_PREFIX": prefix}
    NotebookClient(notebook, timeout=300, resources=where).execute(env=environment)
    assert "✓ SOLVED" in str(cells["check-execute-tuning"].outputs)
    assert "<img" in str(cells["figure-code"].outputs)
