"""Choose the cells of a notebook that must run before the student's function can be called."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import nbformat

from classroom.sandbox import COURSE_FOLDER
from classroom.sandbox.kernel_client import Broken

# Raised for a magic command, a mistake, or code nested too deeply.
_NOT_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)
_OF_CONTAINERS = {*dir(list), *dir(dict), *dir(set)}  # `found.append(…)` changes `found`


@dataclass(frozen=True)
class Cell:
    """A code cell of a submission, or only those of its statements that must run."""

    number: int  # as in `In [3]`, counted from the top
    source: str


class Names(NamedTuple):
    """The global names that a statement sets or changes, and those that it uses."""

    changed: set[str]
    used: set[str]


def plan_attempts(path: Path, lesson: str, functions: Sequence[str]) -> list[list[Cell]]:
    """Return what to run until the function can be called: the cells that must run, then all.

    Args:
        path: the notebook's file.
        lesson: the file name of the lesson that it is a copy of.
        functions: the names of the functions that students write in that lesson.

    Raises:
        Broken: the file is not a notebook, or not a copy of a lesson with an exercise.
    """
    sources = read_sources(path)
    cells = [Cell(number, source) for number, source in enumerate(sources, start=1)]
    selected = select_cells(sources, lesson, functions)
    return [cells] if selected == cells else [selected, cells]


def read_sources(path: Path) -> list[str]:
    """Return the sources of a notebook's code cells.

    Args:
        path: the notebook's file.

    Raises:
        Broken: the file is not a notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except Exception as error:  # JSON's, nbformat's, KeyError …: the file may contain anything
        raise Broken(f"not a readable notebook ({type(error).__name__})") from error
    return [str(cell["source"]) for cell in notebook.cells if cell["cell_type"] == "code"]


def select_cells(sources: Sequence[str], lesson: str, functions: Sequence[str]) -> list[Cell]:
    """Return the cells that must run, in order.

    A cell that the student wrote or changed may do anything, so all of it runs. In a cell that the
    student left unchanged, a statement runs only if it defines or changes the student's function,
    or a name that another selected statement uses.

    Args:
        sources: the sources of all code cells.
        lesson: the file name of the notebook's lesson.
        functions: the names of the functions that students write in that lesson.

    Raises:
        Broken: the notebook is not a copy of a lesson with an exercise.
    """
    if not functions:
        raise Broken("no cell belongs to an exercise, and none defines an exercise's function")
    unchanged = {source.strip() for source in read_sources(COURSE_FOLDER / "notebooks" / lesson)}
    parts = [
        (number, part)
        for number, source in enumerate(sources)
        for part in (_statements(source) if source.strip() in unchanged else [source])
    ]
    names = [names_in(part) for _, part in parts]
    chosen = {n for n, (number, _) in enumerate(parts) if sources[number].strip() not in unchanged}
    wanted, before = set(functions), None
    while chosen != before:
        before = set(chosen)
        wanted = wanted.union(*(of.used for n in chosen if (of := names[n])))
        chosen |= {n for n, of in enumerate(names) if of is None or wanted & of.changed}
    by_cell = groupby((parts[n] for n in sorted(chosen)), key=itemgetter(0))
    return [Cell(n + 1, "\n".join(part for _, part in group)) for n, group in by_cell]


def _statements(source: str) -> list[str]:
    r"""Return the statements of a cell, each with its decorators; if it is not Python, the cell.

    >>> _statements("import a\n@a.b\ndef c():\n    pass\nd = (1,\n2)")
    ['import a', '@a.b\ndef c():\n    pass', 'd = (1, 2)']
    """
    try:
        return [ast.unparse(node) for node in ast.parse(source).body]
    except _NOT_PARSED:
        return [source]


def names_in(source: str) -> Names | None:
    r"""Return a cell's names; None if it is not plain Python, such as a magic command.

    Args:
        source: the source of the cell.

    >>> names = names_in("import a\ndef f(x): return x + y\nb.c = 1\nd['e'] = f(z)\ng.append(1)")
    >>> sorted(names.changed), sorted(names.used)
    (['a', 'b', 'd', 'f', 'g'], ['b', 'd', 'f', 'g', 'y', 'z'])
    """
    try:
        top, tree = symtable.symtable(source, "cell", "exec"), ast.parse(source)
    except _NOT_PARSED:
        return None
    symbols = [*top.get_symbols(), *_globals_in(top.get_children())]
    changed = {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.value, ast.Name)
        and (isinstance(node.ctx, ast.Store) or getattr(node, "attr", "") in _OF_CONTAINERS)
    }
    changed |= {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    return Names(changed, {s.get_name() for s in symbols if s.is_referenced()})


def _globals_in(tables: Iterable[symtable.SymbolTable]) -> Iterator[symtable.Symbol]:
    """Generate the global names in functions and classes, at any depth."""
    for table in tables:
        yield from (symbol for symbol in table.get_symbols() if symbol.is_global())
        yield from _globals_in(table.get_children())
