"""Sentences of the lessons that hold a number, and the cells that they were read against.

A sentence such as "Five parents, and the best has 0.302" is true of the cells above it, until one
of these changes. `confirmed.json` notes for each sentence what it was read against; a test names
those whose cells have changed since. Read them, mend them, then: make confirm
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
CONFIRMED = Path(__file__).with_name("confirmed.json")
_NUMBER = re.compile(
    r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred|half|third|"
    r"quarter|twice|both|neither)\b",
    re.IGNORECASE,
)
# What has digits and counts nothing: code, where a link leads, a lesson's number, a list's.
_NO_NUMBER = re.compile(r"`[^`]*`|\]\([^)]*\)|\blessons? \d\d|\[\d\d |^\d+\.\s", re.MULTILINE)


def sentences(text: str) -> list[str]:
    """Return the sentences of a Markdown text that hold a number, without its code blocks.

    >>> sentences("Look. Five runs are left; 0.3 is the lowest. No number, as in lesson 02.")
    ['Five runs are left; 0.3 is the lowest.']
    """
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = re.split(r"(?<=[.:!?])\s+|\n\s*\n|\n(?=[-|#*])", prose)
    return [" ".join(s.split()) for s in found if _NUMBER.search(_NO_NUMBER.sub(" ", s))]


def read_against(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield each sentence with a number, and a fingerprint of all code and outputs above it.

    A sentence belongs to its section: the cells up to the next heading count as above it.

    Args:
        notebook: a lesson, with its outputs.
    """
    seen = hashlib.sha256()
    waiting: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            seen.update(json.dumps([cell.source, *map(_shown, cell.outputs)]).encode())
            continue
        if cell.cell_type == "markdown" and cell.source.lstrip().startswith("#"):
            yield from ((sentence, seen.hexdigest()[:12]) for sentence in waiting)
            waiting = []
        waiting += sentences(cell.source)
    yield from ((sentence, seen.hexdigest()[:12]) for sentence in waiting)


def _shown(output: NotebookNode) -> str:
    """Return what a reader sees of an output, without pictures' pixels."""
    data = output.get("data", {})
    return str(data.get("text/plain", output.get("text", "")))


def current() -> dict[str, dict[str, str]]:
    """Return for each notebook its sentences with numbers, and what they stand below now."""
    paths = sorted(path for path in NOTEBOOKS.glob("*.ipynb"))
    return {path.name: dict(read_against(nbformat.read(path, as_version=4))) for path in paths}


def unconfirmed() -> dict[str, list[str]]:
    """Return for each notebook the sentences whose cells have changed since they were read."""
    confirmed = json.loads(CONFIRMED.read_text(encoding="utf-8"))
    return {
        name: stale
        for name, found in current().items()
        if (stale := [s for s, mark in found.items() if confirmed.get(name, {}).get(s) != mark])
    }


if __name__ == "__main__":
    for name, stale in unconfirmed().items():
        print(f"{name}:", *stale, sep="\n  ")
    text = json.dumps(current(), indent=1, ensure_ascii=False, sort_keys=True)
    CONFIRMED.write_text(text + "\n", encoding="utf-8")
    print("Confirmed: these sentences are said to be true of the cells above them.")
