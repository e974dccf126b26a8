"""Lesson 05 with solutions that are not its own: MLflow's tutorial's first, then other shapes.

Each is pasted into the student's copy, over the functions to start from, as a student would do it.
The whole page then runs on the tracking server: the check passes, and no cell after it fails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.tracking import prefixed
from tests.answers import answers
from tests.submissions import STUDENT

ROOT = STUDENT.parents[1]
# MLflow's page on parent and child runs, as text. It is no part of this repository.
PAGE = ROOT.parent / "shared" / "seed" / "parent-child-runs.md"
RIGHT = {a.name: a.source for a in answers("best_child") if a.kind == "right"}
SHAPES = (
    "tutorial",  # draws numbers of its own, returns nothing
    "helpers_best_child",
    "draws_param2_first",
    "all_names_its_own",  # no metric2, and nothing returned
    "search_sorted",  # on the server
    "list_of_the_notebook",
    "steps_below_the_children",  # its children have children
)
SOLVED = "All 11 requirements are met. `solution()` shows other ways."


@dataclass(frozen=True)
class Page:
    """Lesson 05 after it has run to its end."""

    cells: dict[str, nbformat.NotebookNode]

    @property
    def failed(self) -> dict[str, str]:
        """What each cell has raised."""
        return {
            cell_id: f"{output.ename}: {output.evalue}"
            for cell_id, cell in self.cells.items()
            for output in cell.outputs
            if output.output_type == "error"
        }

    def said(self, cell_id: str) -> str:
        """All that a cell has printed and shown, as plain text."""
        outputs = self.cells[cell_id].outputs
        return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)

    def works(self) -> None:
        """Assert that the solution has passed, without a word of doubt, and that all cells work."""
        assert self.failed == {}
        headline, *_, end, points = self.said("check-execute-tuning").splitlines()
        assert headline == "✓ SOLVED: 11 of 11 requirements met"
        assert (end, points) == (SOLVED, "10")
        ranking = self.cells["rank-code"].outputs[0].data["text/html"]
        assert len(re.findall("<tr", ranking)) == 2 + 5  # of the head, and of the parents
        assert self.said("compare").startswith("5 of 5 parents carry the lowest")
        assert len(self.said("figure-code").splitlines()) == 1 + 5
        assert "of 50 are as low" in self.said("again")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Callable[[str], Page]:
    """Run the student's copy with some code in place of the functions to start from."""
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefixed(f"{request.node.name} "))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # answers import what they share
    for name in ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)

    def played(source: str) -> Page:
        notebook = nbformat.read(STUDENT, as_version=4)
        cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
        cells["execute-tuning"].source = source
        where = {"metadata": {"path": str(STUDENT.parent)}}
        NotebookClient(notebook, timeout=300, allow_errors=True, resources=where).execute()
        return Page(cells)

    return played


@pytest.mark.parametrize("name", SHAPES)
def test_a_solution_of_another_shape_passes_and_every_cell_works(
    name: str, play: Callable[[str], Page]
) -> None:
    play(RIGHT[name]).works()


@pytest.mark.curious
@pytest.mark.parametrize("name", [name for name in RIGHT if name not in SHAPES])
def test_whatever_passes_every_cell_works(name: str, play: Callable[[str], Page]) -> None:
    play(RIGHT[name]).works()


# The page itself, word for word


@pytest.fixture
def blocks() -> list[str]:
    """The page's code, a block each."""
    if not PAGE.exists():
        pytest.skip(f"needs the text of MLflow's page on parent and child runs at {PAGE}")
    return re.findall(r"^```\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.M)


def statements(source: str, *kinds: type[ast.stmt]) -> str:
    """Return some of a block's statements as they are written."""
    found = [node for node in ast.parse(source).body if isinstance(node, kinds)]
    return "\n\n\n".join(str(ast.get_source_segment(source, node)) for node in found)


def imports(blocks: list[str]) -> str:
    """Return what the page imports, which its first block does for all of them."""
    return statements(blocks[0], ast.Import, ast.ImportFrom)


@pytest.mark.elsewhere
def test_the_originals_functions_pass_and_every_cell_works(
    blocks: list[str], play: Callable[[str], Page]
) -> None:
    functions = statements(blocks[-1], ast.FunctionDef)
    assert re.findall(r"^def (\w+)", functions, re.M)[-1] == "execute_tuning"
    play(f"{imports(blocks)}\n\n\n{functions}").works()


@pytest.mark.elsewhere
def test_with_all_that_the_block_does_besides_every_cell_works_as_well(
    blocks: list[str], play: Callable[[str], Page], tracking_uri: str
) -> None:
    """It names a server and an experiment, and logs five tunings under the page's own tag.

    The server is the test's, in place of the one that has the course's usual port; the experiment
    is another than the lesson's, as it is wherever a class has a prefix.
    """
    block = blocks[-1].replace("http://localhost:8080", tracking_uri)
    block = block.replace("Parent Child Association Challenge", prefixed("the original's own"))
    assert block.count(tracking_uri) == block.count("the original's own") == 1
    play(f"{imports(blocks)}\n\n\n{block}").works()


@pytest.mark.elsewhere
def test_without_its_imports_the_check_names_the_first_that_is_missing(
    blocks: list[str], play: Callable[[str], Page]
) -> None:
    page = play(statements(blocks[-1], ast.FunctionDef))
    assert page.failed == {}
    assert "NameError: name 'partial' is not defined" in page.said("check-execute-tuning")
    assert "Pass the check first" in page.said("tune-code")
