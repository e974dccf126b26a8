"""Name the lessons in their order, from `docs/lessons.toml`; say how many minutes each takes."""

import re
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
_KINDS = tomllib.loads((ROOT / "docs" / "lessons.toml").read_text(encoding="utf-8"))
COURSE: list[str] = _KINDS["course"]
FURTHER: list[str] = _KINDS["further"]
LESSONS = [*COURSE, *FURTHER]
EXERCISES: dict[str, int] = _KINDS["exercises"]  # the minutes of a lesson's exercises
WORDS_A_MINUTE, SECONDS_A_LINE = 150, 8
_NOT_READ = re.compile(r"```.*?```|<!--.*?-->|!\[[^]]*\]\([^)]*\)|(?<=\])\([^)]*\)", re.DOTALL)


def words(notebook: nbformat.NotebookNode) -> int:
    r"""Count the words of a notebook's prose, without comments, addresses and pictures.

    Args:
        notebook: as students get it.

    >>> text = "# See [lesson 02](../02.ipynb)\n\n- one <!-- key -->"
    >>> words(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]))
    4
    """
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return sum(bool(re.search(r"\w", word)) for word in _NOT_READ.sub("", prose).split())


def minutes(name: str) -> int:
    """Return how many minutes a lesson takes with its exercises, to the nearest five.

    Args:
        name: the lesson's, such as `01_flat_runs`.
    """
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    lines = sum(bool(line.strip()) for line in code.splitlines())
    reading = words(notebook) / WORDS_A_MINUTE + lines * SECONDS_A_LINE / 60
    return 5 * round((reading + EXERCISES.get(name, 0)) / 5)
