"""Read from the solved notebooks what a student starts from, and what a solution is."""

import ast
import json
from contextlib import suppress
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

SOLVED = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"
Cell = dict[str, Any]


@cache
def cells_of(notebook: str, function: str) -> list[Cell]:
    """Return the starter's cell of an exercise in a solved notebook, and those of the solution.

    The starter's has the function's name as its `grade_id`, and those that follow a tag `solution`.

    Args:
        notebook: its file name.
        function: the name of the function that the student writes.
    """
    cells = json.loads((SOLVED / notebook).read_text(encoding="utf-8"))["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    starter, *below = cells[ids.index(function.replace("_", "-")) :]
    return [starter, *takewhile(_is_solution, below)]


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
