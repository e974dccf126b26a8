"""Read the solved notebooks: in which order the exercises come, their starters and solutions.

Imports no MLflow, so that what needs only names and orders is there at once.
"""

import ast
import json
from contextlib import suppress
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

SOLVED = Path(__file__).resolve().parents[1] / "notebooks" / "solutions"
Cell = dict[str, Any]


@cache
def functions() -> dict[str, str]:
    """Return the file name of the lesson of each function that students write, in their order."""
    return {
        name: notebook.name
        for notebook in sorted(SOLVED.glob("*.ipynb"))
        for name in map(_starter_of, _cells(notebook.name))
        if name
    }


def cells_of(notebook: str, function: str) -> list[Cell]:
    """Return the starter's cell of an exercise in a solved notebook, and those of the solution.

    Args:
        notebook: its file name.
        function: the name of the function that the student writes.
    """
    cells = _cells(notebook)
    starter, *below = cells[[*map(_starter_of, cells)].index(function) :]
    return [starter, *takewhile(_is_solution, below)]


@cache
def _cells(notebook: str) -> list[Cell]:
    return list(json.loads((SOLVED / notebook).read_text(encoding="utf-8"))["cells"])


def _starter_of(cell: Cell) -> str:
    """Return the function whose starter a cell is, by its `grade_id`; empty if it is none."""
    grade_id = str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
    return "" if grade_id.startswith("check-") else grade_id.replace("-", "_")


def _is_solution(cell: Cell) -> bool:
    return "solution" in cell["metadata"].get("tags", [])


def is_starter(source: str, notebook: str, function: str) -> bool:
    """Tell whether a function is still as the student's notebook has it, whatever the comments.

    Args:
        source: the lines that define it.
        notebook: the lesson's file name.
        function: its name.
    """
    if not (SOLVED / notebook).exists():  # a sandbox does not show the solutions
        return False
    own = _tidied(source)
    return bool(own) and own in _tidied("".join(cells_of(notebook, function)[0]["source"]))


def _tidied(source: str) -> str:
    """Return code without comments, in one layout; empty if it is none.

    >>> _tidied("f( 1 )  # one")
    'f(1)'
    """
    with suppress(SyntaxError):  # of an IPython magic
        return ast.unparse(ast.parse(source))
    return ""
