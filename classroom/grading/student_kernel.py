"""Run a student's cells in a kernel, call their function, and read what it returns as data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter

from classroom.grading import in_one_line
from classroom.grading.select_cells import Cell
from classroom.grading.submission_store import EXPERIMENTS
from classroom.sandbox.kernel_client import Broken, Kernel, Reply
from exercises.engine.call_outcome import Outcome
from exercises.engine.exercise_files import Call

T = TypeVar("T")
# Runs in the kernel for each call, even if a cell or a call has pointed MLflow to another server.
_CALL = """
import dataclasses as _dataclasses, json as _json, os as _os
from exercises.engine import calling as _calling
from helpers import tracking as _tracking
from pydantic import TypeAdapter as _TypeAdapter
_calling.end_runs()
_os.environ.pop("MLFLOW_RUN_ID", None)
_tracking.use_server()
_call = _TypeAdapter(_calling.Call).validate_json({call!r})
_outcome = _calling.perform({name}, _call, {experiment!r})
_answer = _json.dumps(_outcome, default=_dataclasses.asdict)
"""


class Incomplete(Broken):
    """A cell or a call raised NameError. It may need a cell that was skipped."""


@dataclass
class StudentKernel:
    """A student's notebook in a kernel."""

    kernel: Kernel
    complete: bool  # all cells run
    error: str = ""  # the first error that a cell raised, and where

    def run(self, cells: Sequence[Cell], functions: Sequence[str]) -> None:
        """Run cells.

        Args:
            cells: the cells.
            functions: the names of the functions that must be defined without an error.

        Raises:
            Broken: the last cell that defines one of them raises an error.
        """
        errors: dict[str, str] = {}  # of the last cell that defines a function, by its name
        for cell in cells:
            reply = self.kernel.run(cell.source)
            if reply.error.startswith("NameError") and not self.complete:
                raise Incomplete
            error = _locate(reply.error, cell.number) if reply.error else ""
            self.error = self.error or error
            errors |= {name: error for name in functions if _defines(cell.source, name)}
        for name, error in errors.items():
            if error:
                raise Broken(f"the cell that defines `{name}` raised {error}")

    def must_define(self, name: str) -> None:
        """Make sure that a cell has defined a function.

        Args:
            name: the function's name.

        Raises:
            Broken: none has.
        """
        reply = self.kernel.run("", f"str(globals().get({name!r}) is not None).lower()")
        if not _read(bool, reply):
            error = self.error
            raise Broken(f"a cell raised {error}" if error else f"no code cell defines `{name}`")

    def call(self, name: str, call: Call) -> Outcome:
        """Call a function while the check's experiment is active.

        Args:
            name: the function's name.
            call: how to call it.

        Raises:
            Broken: the kernel's answer makes no sense.
        """
        text = TypeAdapter(Call).dump_json(call).decode()
        code = _CALL.format(name=name, call=text, experiment=EXPERIMENTS[0])
        reply = self.kernel.run(code, "_answer")
        if reply.error:
            return Outcome(error=in_one_line(reply.error, 1000))
        outcome = _read(Outcome, reply)
        if outcome.error.startswith("NameError") and not self.complete:
            raise Incomplete
        return outcome


def _read(kind: type[T], reply: Reply) -> T:
    """Return the kernel's answer, if it has the expected type.

    Raises:
        Broken: it has another type.
    """
    try:
        return TypeAdapter(kind).validate_json(reply.value, strict=True)
    except ValueError as error:
        raise Broken("its kernel sent something other than the check asked for") from error


def _locate(error: str, number: int) -> str:
    """Return the error that a cell raised, and where.

    >>> _locate("SyntaxError: invalid syntax (1234567.py, line 3)", 4)
    'SyntaxError: invalid syntax, line 3 of In [4]'
    >>> _locate("KeyError", 4)
    'KeyError in In [4]'
    """
    text, line = re.findall(r"^(.*?)(?: \([^()]*(line \d+)\))?$", in_one_line(error))[0]
    return f"{text}, {line} of In [{number}]" if line else f"{text} in In [{number}]"


def _defines(source: str, name: str) -> bool:
    r"""Tell whether a cell has a line that defines a name, even if it is not valid Python.

    >>> _defines("%matplotlib inline\ndef solve(): return )", "solve"), _defines("solve()", "solve")
    (True, False)
    """
    return bool(re.search(rf"^[ \t]*(async +)?(def|class) +{name}\b|^{name} *=", source, re.M))
