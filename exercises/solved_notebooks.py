"""Read from the solved notebooks which exercises there are, their starters and their solutions.

Does not import MLflow, so callers that need only names and their order don't wait for it.
"""

import ast
import json
import tomllib
from contextlib import suppress
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

COURSE_FOLDER = Path(__file__).resolve().parents[1]
SOLVED = COURSE_FOLDER / "notebooks" / "solutions"
LESSONS_FILE = COURSE_FOLDER / "docs" / "lessons.toml"  # says which exercises are optional
Cell = dict[str, Any]


@cache
def functions() -> dict[str, str]:
    """Return each function that students write, in order, with its lesson's file name."""
    return {name: notebook for name, (notebook, _) in _exercises().items()}


@cache
def optional_exercises() -> frozenset[str]:
    """Return the functions that students need not write."""
    return frozenset(tomllib.loads(LESSONS_FILE.read_text(encoding="utf-8"))["optional"])


@cache
def _exercises() -> dict[str, tuple[str, list[Cell]]]:
    """Return for each function its notebook, and the cells of its starter and its solution."""
    exercises = {}
    for path in sorted(SOLVED.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells):
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            below = cells[number + 1 :]
            if grade_id and not grade_id.startswith("check-"):  # the cell is a starter
                solution = takewhile(lambda c: "solution" in c["metadata"].get("tags", []), below)
                exercises[grade_id.replace("-", "_")] = path.name, [cell, *solution]
    return exercises


def solution_of(function: str) -> str:
    """Return the solution of an exercise, in Markdown. There is none in a sandbox.

    Args:
        function: the name of the function that the student writes.

    >>> solution_of("unknown_here")
    'No solved notebook is here.'
    """
    if function not in _exercises():
        return "No solved notebook is here."
    templates = {"code": "```python\n{}\n```", "markdown": "{}"}
    _, (_, *cells) = _exercises()[function]
    return "\n\n".join(templates[c["cell_type"]].format("".join(c["source"])) for c in cells)


def is_starter(source: str, function: str) -> bool:
    """Tell whether a function is still the starter that students get, apart from comments.

    Args:
        source: the lines that define the function.
        function: the function's name.
    """
    code = _tidied(source)
    if not code or function not in _exercises():  # a sandbox has no solutions
        return False
    _, (starter, *_) = _exercises()[function]
    return code in _tidied("".join(starter["source"]))


def _tidied(source: str) -> str:
    """Return code without comments, in a standard layout; empty if it is not Python.

    >>> _tidied("f( 1 )  # a comment")
    'f(1)'
    """
    with suppress(SyntaxError):  # such as an IPython magic
        return ast.unparse(ast.parse(source))
    return ""
