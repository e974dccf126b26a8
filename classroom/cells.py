"""Which cells of a submitted notebook have to run before the student's function can be called."""

from __future__ import annotations

import re
import symtable
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from classroom.kernel import Broken
from classroom.lessons import code_of
from helpers.exercises.exercise import Exercise


@dataclass(frozen=True)
class Cell:
    """A code cell of a submission."""

    number: int  # as in `In [3]`, counted from the top
    source: str
    needed: bool = True  # False: it is the course's own, unchanged, and defines nothing needed


def read(path: Path) -> Sequence[Mapping[str, Any]]:
    """Return the cells of a notebook.

    Args:
        path: its file.

    Raises:
        Broken: it is no notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
        return list(notebook.cells)
    except Exception as error:  # JSON's, nbformat's, KeyError …: anything may be in that file
        raise Broken(f"it is a notebook ({type(error).__name__})") from error


def code_cells(cells: Sequence[Mapping[str, Any]], exercise: Exercise) -> list[Cell]:
    """Return a submission's code cells, in their order.

    A cell of the course's that stands after its starter and was left as it is checks, hints, tunes
    or draws: it is not needed. Any other may define something.

    Args:
        cells: all its cells.
        exercise: the exercise that it is about.
    """
    spared = _after_the_starter(exercise)
    sources = [str(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [
        Cell(number, source, source.strip() not in spared)
        for number, source in enumerate(sources, start=1)
    ]


def _after_the_starter(exercise: Exercise) -> frozenset[str]:
    sources = code_of(exercise.notebook)
    starters = [n for n, source in enumerate(sources) if binds(source, exercise.name)]
    return frozenset(source.strip() for source in sources[starters[-1] + 1 :])


def binds(source: str, name: str) -> bool:
    r"""Tell whether a cell gives a name a value, at its top level.

    Args:
        source: the cell's.
        name: the function's, say.

    >>> binds("def solve(): pass", "solve"), binds("solve = 1", "solve"), binds("solve()", "solve")
    (True, True, False)
    >>> binds("%matplotlib inline\ndef solve(): return )", "solve")
    True
    """
    try:
        found = symtable.symtable(source, "cell", "exec").lookup(name)
    except KeyError:
        return False
    except (SyntaxError, ValueError):  # a magic command, or a mistake
        return bool(re.search(rf"^\s*(async\s+)?(def|class)\s+{name}\b|^{name}\s*=", source, re.M))
    return found.is_assigned() or found.is_imported()
