"""Call a student's function in its kernel, and read what it returns as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter

from classroom.grading import plain, store
from classroom.sandbox.kernel import Broken, Kernel, Reply
from exercises.engine.calling import Call
from exercises.engine.outcome import Outcome

T = TypeVar("T")


class Incomplete(Broken):
    """A cell or a call raised NameError. It may need a cell that was skipped."""


@dataclass
class Student:
    """A student's function in its kernel, which the check calls."""

    kernel: Kernel
    name: str
    complete: bool  # no cell was skipped

    def is_defined(self) -> bool:
        """Tell whether a cell has defined the function's name."""
        return _read(bool, self._run(f"globals().get({self.name!r}) is not None"))

    def call(self, call: Call) -> Outcome:
        """Call the function while the check's experiment is active."""
        experiment_id, *_ = store.EXPERIMENTS
        argument = f"eval({repr(call)!r}, vars(_calling))"
        reply = self._run(f"_calling.perform({self.name}, {argument}, {experiment_id!r})")
        if reply.error:
            raised = ": ".join(filter(None, [reply.error, reply.message]))
            return Outcome(error=plain(raised, 1000))
        outcome = _read(Outcome, reply)
        if outcome.error.startswith("NameError") and not self.complete:
            raise Incomplete
        return outcome

    def _run(self, expression: str) -> Reply:
        return self.kernel.run(_ASKED.format(expression=expression), "_said")


def _read(kind: type[T], reply: Reply) -> T:
    """Return the kernel's answer, if it has the expected type.

    Raises:
        Broken: it has another type.
    """
    try:
        return TypeAdapter(kind).validate_json(reply.value, strict=True)
    except ValueError as error:
        raise Broken("its kernel sent something other than the check asked for") from error


# Runs in the kernel for each call, even if a cell or a call has pointed MLflow to another server.
_ASKED = """
import dataclasses as _dataclasses, json as _json, os as _os
from exercises.engine import calling as _calling
from helpers import tracking as _tracking
_calling.end_runs()
_os.environ.pop("MLFLOW_RUN_ID", None)
_tracking.use_server()
_said = _json.dumps({expression}, default=_dataclasses.asdict)
"""
