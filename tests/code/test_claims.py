"""The lessons' numbers: a cell shows each of them, or tools.claims computes it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from exercises.predictions.questions import all_questions
from tools import claims
from tools.notebook_cells import read_cells, read_prose
from tools.student_copies import NOTEBOOKS, find_solved, solved_notebooks

STATED = tomllib.loads(Path(__file__).with_name("stated.toml").read_text(encoding="utf-8"))
FRACTION = re.compile(r"(?<![\w.,])\d+\.\d+(?!\w|\.\d)")
CODE_OR_LINK = re.compile(r"`[^`]*`|\]\([^)]*\)|^\| trials of .*$", re.MULTILINE)
# What no cell shows: claims computes it, or it is a limit that the sentence names.
NOT_SHOWN = {
    "00": {"0.5"},  # the simulation's mean for values that it does not know
    "12": {"0.12"},
    "14": {"3.17"},  # MLflow's version
    "15": {"0.13", "0.52"},  # of the story
}


@pytest.mark.parametrize(("number", "claim"), claims.FAST)
def test_a_lesson_says_of_many_seeds_what_is_computed(number: str, claim: claims.Claim) -> None:
    assert claims.missing(number, claim) == []


@pytest.mark.parametrize("path", solved_notebooks(), ids=lambda path: path.stem)
def test_a_cell_shows_each_fraction_of_the_prose(path: Path) -> None:
    shown = "\n".join(f"{cell.source}\n{cell.outputs}" for cell in read_cells(path, "code"))
    stated = set(FRACTION.findall(CODE_OR_LINK.sub("", read_prose(path))))
    assert stated - set(re.findall(r"\d+\.\d+", shown)) == NOT_SHOWN.get(path.name[:2], set())


def shown(path: Path) -> str:
    """Return the code of a solved page, and what its cells show, as text."""
    code = read_cells(path, "code")
    outputs = [output.get("data", output) for cell in code for output in cell.outputs]
    texts = [output.get("text/plain", output.get("text", "")) for output in outputs]
    return "\n".join([*(cell.source for cell in code), *texts])


@pytest.mark.parametrize(
    ("page", "says", "shows"),
    [
        pytest.param(
            page, statement["says"], statement["shows"], id=f"{page}: {statement['says'][:40]}"
        )
        for page, statements in STATED.items()
        for statement in statements
    ],
)
def test_an_output_shows_what_a_page_says_about_it(page: str, says: str, shows: str) -> None:
    path = find_solved(page, NOTEBOOKS)
    prose = read_prose(path)
    prose += " ".join(q.question for q in all_questions().values() if q.page == path.stem)
    assert says in prose, f"{path.name} no longer says this: read tests/code/stated.toml again."
    assert re.search(shows, shown(path), re.M), f"No cell of {path.name} shows: {says}"
