"""Which cells of a submitted notebook have to run before the student's function can be called."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from classroom.grading.lessons import code_of, defines
from classroom.sandbox.kernel import Broken

# A magic command or a mistake; or nested so deep that Python gives up.
_NOT_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)


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
        raise Broken(f"not a readable notebook ({type(error).__name__})") from error


def code_cells(
    cells: Sequence[Mapping[str, Any]], lesson: str, functions: Sequence[str]
) -> list[Cell]:
    """Return a submission's code cells, in their order.

    A cell of the course's that was left as it was is needed if it defines a student's function, or
    a name that a needed cell uses. Any other cell may define something: all of these are needed.

    Args:
        cells: all its cells.
        lesson: the file name of its lesson.
        functions: the names of those that students write in it.
    """
    sources = [str(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    own = {source.strip() for source in code_of(lesson)}
    names = [_names(source) for source in sources]
    needed = {
        number
        for number, source in enumerate(sources)
        if source.strip() not in own
        or names[number] is None
        or any(binds(source, function) for function in functions)
    }
    before = None
    while needed != before:
        before = set(needed)
        used = set().union(*(found.used for n in needed if (found := names[n])))
        needed |= {n for n, found in enumerate(names) if found and found.defined & used}
    return [Cell(n + 1, source, n in needed) for n, source in enumerate(sources)]


class _Names(NamedTuple):
    """The global names that a cell defines or changes, and those that it uses."""

    defined: frozenset[str]
    used: frozenset[str]


def _names(source: str) -> _Names | None:
    r"""Return a cell's names; None if it is not plain Python, as with a magic command.

    >>> names = _names("import a\ndef f(x): return x + y\nb.c = 1\nd['e'] = f(z)")
    >>> sorted(names.defined), sorted(names.used)
    (['a', 'b', 'd', 'f'], ['b', 'd', 'f', 'y', 'z'])
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
    return _Names(frozenset([*defined, *changed]), frozenset(used))


def _globals_in(tables: Iterable[symtable.SymbolTable]) -> Iterator[symtable.Symbol]:
    """Yield the global names of functions and classes, at any depth."""
    for table in tables:
        yield from (symbol for symbol in table.get_symbols() if symbol.is_global())
        yield from _globals_in(table.get_children())


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
    except _NOT_PARSED:
        return defines(source, name)
    return found.is_assigned() or found.is_imported()
