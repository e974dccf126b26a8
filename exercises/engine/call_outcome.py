"""Describe what one call did, as plain data: it may have happened in another process."""

from __future__ import annotations

import inspect
import json
import sysconfig
import textwrap
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path
from typing import Any

import numpy as np

from exercises.engine.snapshot import code

_NOT_THE_STUDENTS = (
    *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")),
    *(str(Path(__file__).parents[2] / package) for package in ("exercises", "helpers")),
)


@dataclass(frozen=True)
class Outcome:
    """What one call did, apart from what it logged."""

    signature_problem: str = ""  # why it cannot be called like that: its parameters, or what it is
    source: str = ""  # the lines that define the function, if there are any
    error: str = ""  # the error that the call raised, in a sentence
    raised_at: str = ""  # the student's line that raised it
    returned: str = "NoneType"  # the type of the value that it returned
    value: Any = None  # that value, if it is plain data
    holds: str = ""  # the part of that value that is no plain data, in Markdown
    altered: str = ""  # the first argument that it has changed, in Markdown
    left_open: list[str] = field(default_factory=list)  # IDs of runs still active; FAILED now
    strayed: str = ""  # where it has logged or pointed MLflow instead, in Markdown
    observed: Any = None  # the result of `Call.observe`
    observe_error: str = ""  # the error that `Call.observe` raised

    @property
    def description(self) -> str:
        """The returned value in Markdown, for the line *Found* of a report."""
        if self.returned == "NoneType":
            return f"{code(None)}: no value came back"
        value = tuple(self.value) if self.returned == "tuple" else self.value
        shown = self.holds if value is None else f": {code(value)}"
        return f"a value of type {code(self.returned)}{shown}"

    @property
    def no_return(self) -> str:
        """The name of the fact that the call returned nothing; empty if it returned something."""
        return "no_return" if self.returned == "NoneType" else ""


def describe_signature_problem(
    function: Any, args: Sequence[object], kwargs: Mapping[str, object]
) -> str:
    """Describe a function that does not accept these arguments, or an object that is no function.

    Returns an empty string if the function accepts them, or has no signature.

    >>> describe_signature_problem(3, [], {})
    'a value of type `int`'
    >>> describe_signature_problem(lambda name, values: 0, ["a"], {})
    '(name, values)'
    """
    if not callable(function):
        return f"a value of type {code(type(function).__name__)}"
    try:
        signature = inspect.signature(function)
    except Exception:  # a built-in or an odd object
        return ""
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return f"({', '.join(signature.parameters)})"
    return ""


def source(function: object) -> str:
    """Return the lines that define a function; empty if there are none."""
    with suppress(Exception):  # an odd object, or a file that no longer exists
        if inspect.isfunction(function):  # not a function that it wraps
            return textwrap.dedent(inspect.getsource(function.__code__))
    return ""


def from_value(value: object) -> Outcome:
    """Return the outcome of a call that returned a value.

    >>> from_value({1.5}).returned, from_value({1.5}).value
    ('set', None)
    >>> from_value({"a": 1, "b": {2}}).holds, from_value([1, {2}]).holds
    (', whose `b` is of type `set`', ', which holds a value of type `set`')
    """
    if inspect.iscoroutine(value):
        value.close()  # or Python warns that nobody awaited it
    plain = _plain(value)
    holds = "" if plain is not None else _not_plain(value)
    return Outcome(returned=type(value).__name__, value=plain, holds=holds)


def _plain(value: object) -> Any:
    """Return a value as plain data, with Python's numbers for NumPy's; None if it cannot be."""
    with suppress(TypeError, ValueError, RecursionError):
        return json.loads(json.dumps(value, default=np.generic.item))
    return None


def _not_plain(value: Any) -> str:
    """Describe the first part of a list, tuple or dict that is not plain data."""
    items: list[tuple[str, object]] = []
    if type(value) is dict:
        items = [(f", whose {code(key)} is", item) for key, item in value.items()]
    elif type(value) in (list, tuple):
        items = [(", which holds a value", item) for item in value]
    for text, item in items:
        if item is not None and _plain(item) is None:
            return f"{text} of type {code(type(item).__name__)}"
    return ""


def from_error(error: BaseException) -> Outcome:
    """Return the outcome of a call that raised an error, with the student's line that raised it."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        # Compiled and frozen code has no line to show.
        if frame.line and not frame.filename.startswith(_NOT_THE_STUDENTS)
    ]
    lines = "".join(traceback.format_exception_only(error)).splitlines()
    message = dropwhile(lambda line: line.startswith(" "), lines)  # skip a SyntaxError's code
    first, *more = [line.strip() for line in message if line.strip()]
    if first.endswith(":"):  # a colon announces the next line
        first = " ".join([first, *more[:1]]).rstrip(":")
    where = "".join(f"{frame.name}, line {frame.lineno}: {frame.line}" for frame in frames[-1:])
    return Outcome(error=first, raised_at=where)
