"""Call a student's function in its kernel, and read the answers as data."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeVar

from pydantic import TypeAdapter

from classroom.grading import plain, store
from classroom.sandbox.kernel import Broken, Kernel, Reply
from exercises.engine import Call, Described
from exercises.engine.calling import Outcome

T = TypeVar("T")


class Incomplete(Exception):
    """A cell or a call raised NameError: it may need a cell that has been spared."""


class Student:
    """A student's function in its kernel, as the check calls it; its answers are data."""

    def __init__(self, kernel: Kernel, name: str, uri: str, *, complete: bool) -> None:
        self.kernel, self.name, self.uri = kernel, name, uri
        self.complete = complete  # no cell was spared

    @cached_property
    def _described(self) -> Described:
        reply = self.kernel.run(_DESCRIBE.format(name=self.name), {"said": "_said"})
        return self._read(Described, reply)

    def describe(self) -> Described:
        """Say what it is."""
        return self._described

    def call(self, call: Call) -> Outcome:
        """Call it while the check's experiment is active."""
        experiment_id, *_ = store.EXPERIMENTS
        source = _CALL.format(
            name=self.name, uri=self.uri, call=repr(call), experiment_id=experiment_id
        )
        reply = self.kernel.run(source, {"said": "_said"})
        if reply.error:
            said = plain(f"{reply.error}: {reply.said}", 1000)
            return Outcome(said, tracking_uri=self.uri, experiment_id=experiment_id)
        outcome = self._read(Outcome, reply)
        if outcome.error.startswith("NameError") and not self.complete:
            raise Incomplete
        return outcome

    def look(self, what: str, *args: object) -> Any:
        """Call one of the course's own functions where the student's function runs.

        Args:
            what: "module:function"; it returns plain data.
            *args: what it is called with.
        """
        reply = self.kernel.run(_LOOK.format(uri=self.uri, what=what, args=args), {"said": "_said"})
        if reply.error:
            raise Broken(f"its kernel cannot be asked what it logged ({plain(reply.error)})")
        return self._read(object, reply)

    def _read(self, kind: type[T], reply: Reply) -> T:
        said = (reply.values or {}).get("said", "")
        try:
            return TypeAdapter(kind).validate_json(said, strict=True)
        except ValueError as error:
            raise Broken("its kernel sent other data than the check's own") from error


# What runs in the kernel to begin with, for each call, and for what the check looks at after it.
_DESCRIBE = """
import dataclasses as _dataclasses, json as _json
from exercises.engine import calling as _calling
_said = _json.dumps(_dataclasses.asdict(_calling.describe(globals().get({name!r}))))
"""
_CALL = """
import dataclasses as _dataclasses, json as _json, os as _os, mlflow as _mlflow
from exercises.engine import calling as _calling
_calling.end_runs()
_os.environ.pop("MLFLOW_RUN_ID", None)
_mlflow.set_tracking_uri({uri!r})
_call = eval({call!r}, vars(_calling))
_said = _json.dumps(_dataclasses.asdict(_calling.perform({name}, _call, {experiment_id!r})))
"""
_LOOK = """
import json as _json, mlflow as _mlflow
from exercises.engine import calling as _calling
_mlflow.set_tracking_uri({uri!r})
_said = _json.dumps(_calling.look({what!r}, *{args!r}))
"""
