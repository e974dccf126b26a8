"""Which cells of a submitted notebook have to run before the student's function can be called."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import nbformat

from classroom.grading.lessons import NOTEBOOKS, cells_of, defines
from classroom.sandbox.kernel import Broken

# A magic command or a mistake; or nested so deep that Python gives up.
_NOT_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Cell:
    """A code cell of a submission."""

    number: int  # as in `In [3]`, counted from the top
    source: str
    needed: bool = True  # False: it is the course's own, unchanged, and defines nothing needed


class Names(NamedTuple):
    """The global names that a cell defines, whose values it changes, and that it uses."""

    defined: frozenset[str]
    changed: frozenset[str]
    used: frozenset[str]


def read(path: Path) -> list[str]:
    """Return the sources of a notebook's code cells.

    Args:
        path: its file.

    Raises:
        Broken: it is no notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except Exception as error:  # JSON's, nbformat's, KeyError …: anything may be in that file
        raise Broken(f"not a readable notebook ({type(error).__name__})") from error
    return [str(cell["source"]) for cell in notebook.cells if cell["cell_type"] == "code"]


def code_cells(sources: Sequence[str], lesson: str, functions: Sequence[str]) -> list[Cell]:
    """Return a submission's code cells, in their order.

    A cell of the course's that was left as it was is needed if it defines a student's function, or
    a name that a needed cell uses. Any other cell may define something: all of these are needed.

    Args:
        sources: of all its code cells.
        lesson: the file name of its lesson.
        functions: the names of those that students write in it.

    Raises:
        Broken: it is a copy of no lesson.
    """
    if not functions:
        raise Broken("no cell belongs to an exercise, and none defines an exercise's function")
    own = {cell.text.strip() for cell in cells_of(NOTEBOOKS / lesson) if cell.is_code}
    names = [names_in(source) for source in sources]
    needed = {number for number, source in enumerate(sources) if source.strip() not in own}
    wanted, before = set(functions), None
    while needed != before:
        before = set(needed)
        needed |= {
            n for n, of in enumerate(names) if of is None or wanted & (of.defined | of.changed)
        }
        wanted = wanted.union(*(found.used for n in needed if (found := names[n])))
    return [Cell(n + 1, source, n in needed) for n, source in enumerate(sources)]


def names_in(source: str) -> Names | None:
    r"""Return a cell's names; None if it is not plain Python, as with a magic command.

    Args:
        source: the cell's.

    >>> names = names_in("import a\ndef f(x): return x + y\nb.c = 1\nd['e'] = f(z)")
    >>> sorted(names.defined), sorted(names.changed), sorted(names.used)
    (['a', 'f'], ['b', 'd'], ['b', 'd', 'f', 'y', 'z'])
    """
    try:
        top, tree = symtable.symtable(source, "cell", "exec"), ast.parse(source)
    except _NOT_PARSED:
        return None
    found = [*top.get_symbols(), *_globals_in(top.get_children())]
    changed = (
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
    )
    defined = (s.get_name() for s in found if s.is_assigned() or s.is_imported())
    used = (s.get_name() for s in found if s.is_referenced())
    return Names(frozenset(defined), frozenset(changed), frozenset(used))


def _globals_in(tables: Iterable[symtable.SymbolTable]) -> Iterator[symtable.Symbol]:
    """Yield the global names of functions and classes, at any depth."""
    for table in tables:
        yield from (symbol for symbol in table.get_symbols() if symbol.is_global())
        yield from _globals_in(table.get_children())


def binds(source: str, name: str) -> bool:
    r"""Tell whether a cell gives a name a value, whatever else is wrong with it.

    Args:
        source: the cell's.
        name: the function's, say.

    >>> binds("def solve(): pass", "solve"), binds("solve = 1", "solve"), binds("solve()", "solve")
    (True, True, False)
    >>> binds("%matplotlib inline\ndef solve(): return )", "solve")
    True
    """
    names = names_in(source)
    return name in names.defined if names else defines(source, name)
