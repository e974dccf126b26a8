"""Say of a function, of what it returned and of what it raised as much as plain data can hold.

What they return are fields of an `Outcome`.
"""

import inspect
import json
import sysconfig
import textwrap
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import dropwhile
from pathlib import Path
from typing import Any

import numpy as np

from exercises.engine.run import code

_NOT_THE_STUDENTS = (
    *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")),
    *(str(Path(__file__).parents[2] / package) for package in ("exercises", "helpers")),
)


def misfit(function: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    """Say what cannot be called like that: its parameters, or that it is no function.

    Say nothing of a function that can, or does not tell.

    Args:
        function: what was handed in.
        args: what it is to be called with.
        kwargs: likewise, by name.

    >>> misfit(3, [], {})
    'a value of type `int`'
    """
    if not callable(function):
        return f"a value of type {code(type(function).__name__)}"
    try:
        signature = inspect.signature(function)
    except Exception:  # a built-in or an odd object, which does not tell
        return ""
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return f"({', '.join(signature.parameters)})"
    return ""


def source(function: object) -> str:
    """Return the lines that define a function; empty if there are none.

    Args:
        function: what was called.
    """
    with suppress(Exception):  # an odd object, or a file that is no longer there
        if inspect.isfunction(function):  # its own, and not that of another one that it wraps
            return textwrap.dedent(inspect.getsource(function.__code__))
    return ""


def returned(value: object) -> dict[str, Any]:
    """Say what a call returned.

    Args:
        value: what came back.

    >>> returned({1.5})
    {'returned': 'set', 'value': None, 'holds': ''}
    >>> returned({"a": 1, "b": {2}})["holds"], returned([1, {2}])["holds"]
    (', whose `b` is of type `set`', ', which holds a value of type `set`')
    """
    if inspect.iscoroutine(value):
        value.close()  # or Python warns that nobody awaited it
    plain = _plain(value)
    holds = "" if plain is not None else _odd(value)
    return {"returned": type(value).__name__, "value": plain, "holds": holds}


def _plain(value: object) -> Any:
    """Return plain data, with Python's numbers in place of NumPy's; None if it is none."""
    with suppress(TypeError, ValueError, RecursionError):
        return json.loads(json.dumps(value, default=np.generic.item))
    return None


def _odd(value: Any) -> str:
    """Say which part of a list, tuple or dict is no plain data."""
    pairs = value.items() if type(value) is dict else ()
    items = value if type(value) in (list, tuple) else ()
    for key, item in pairs:
        if item is not None and _plain(item) is None:
            return f", whose {code(key)} is of type {code(type(item).__name__)}"
    for item in items:
        if item is not None and _plain(item) is None:
            return f", which holds a value of type {code(type(item).__name__)}"
    return ""


def raised(error: BaseException) -> dict[str, Any]:
    """Say what a call raised, and in which line of the student's.

    Args:
        error: what was raised.
    """
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        # What is compiled or frozen has no line to show.
        if frame.line and not frame.filename.startswith(_NOT_THE_STUDENTS)
    ]
    lines = "".join(traceback.format_exception_only(error)).splitlines()
    from_the_type_on = dropwhile(lambda line: line.startswith(" "), lines)  # a SyntaxError's code
    first, *more = [line.strip() for line in from_the_type_on if line.strip()]
    if first.endswith(":"):  # a colon announces something, and it stands in the next line
        first = " ".join([first, *more[:1]]).rstrip(":")
    return {
        "error": first,
        "where": "".join(f"{at.name}, line {at.lineno}: {at.line}" for at in frames[-1:]),
    }
