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
    return {name: notebook for name, (notebook, _) in _exercises().items()}


@cache
def _exercises() -> dict[str, tuple[str, list[Cell]]]:
    """Return of each function its notebook, and the cells of its starter and its solution."""
    found = {}
    for path in sorted(SOLVED.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells):
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "check-")
            below = cells[number + 1 :]
            if not grade_id.startswith("check-"):  # so it is a starter's
                solution = takewhile(lambda c: "solution" in c["metadata"].get("tags", []), below)
                found[grade_id.replace("-", "_")] = path.name, [cell, *solution]
    return found


def solution_of(function: str) -> str:
    """Return the solution of an exercise, in Markdown; a sandbox has none.

    Args:
        function: the name of the function that the student writes.

    >>> solution_of("unknown_here")
    'No solved notebook is here.'
    """
    if function not in _exercises():
        return "No solved notebook is here."
    texts = {"code": "```python\n{}\n```", "markdown": "{}"}
    _, (_, *cells) = _exercises()[function]
    return "\n\n".join(texts[c["cell_type"]].format("".join(c["source"])) for c in cells)


def is_starter(source: str, function: str) -> bool:
    """Tell whether a function is still as the student's notebook has it, whatever the comments.

    Args:
        source: the lines that define it.
        function: its name.
    """
    own = _tidied(source)
    if not own or function not in _exercises():  # a sandbox does not show the solutions
        return False
    _, (starter, *_) = _exercises()[function]
    return own in _tidied("".join(starter["source"]))


def _tidied(source: str) -> str:
    """Return code without comments, in one layout; empty if it is none.

    >>> _tidied("f( 1 )  # one")
    'f(1)'
    """
    with suppress(SyntaxError):  # of an IPython magic
        return ast.unparse(ast.parse(source))
    return ""
