"""Numbers in the lessons' prose: a sentence whose cells were changed, and it was not, is named."""

from __future__ import annotations

import copy

import nbformat
import pytest

from tools import numbers_in_prose
from tools.numbers_in_prose import NOTEBOOKS, read_against

LESSON_02 = nbformat.read(NOTEBOOKS / "02_nested_runs.ipynb", as_version=4)


def test_every_number_was_read_against_the_cells_above_it() -> None:
    stale = numbers_in_prose.unconfirmed()
    listed = "\n".join(f"{name}: {s}" for name, found in stale.items() for s in found)
    assert not stale, (
        "Cells above these sentences have changed since they were read. Read them, mend them, "
        f"then: make confirm\n{listed}"
    )


def changed(old: str, new: str) -> list[str]:
    """The sentences of lesson 02 that no longer hold for sure once a cell is changed."""
    notebook = copy.deepcopy(LESSON_02)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = cell.source.replace(old, new)
    before, after = dict(read_against(LESSON_02)), dict(read_against(notebook))
    return [sentence for sentence in before if before[sentence] != after[sentence]]


def test_four_tunings_for_five_are_found_by_name() -> None:
    found = changed("range(5)", "range(4)")
    assert [sentence for sentence in found if "five" in sentence.lower()]


def test_a_cell_that_is_as_it_was_casts_no_doubt() -> None:
    assert changed("range(5)", "range(5)") == []


@pytest.mark.parametrize("text", ["Nothing to count here.", "```\n5 + 5\n```", ""])
def test_a_text_without_numbers_is_not_asked_about(text: str) -> None:
    assert numbers_in_prose.sentences(text) == []
