"""Call a student's function, in this process or another; say what came of it, as plain data."""

from __future__ import annotations

import contextlib
import copy
import dis
import inspect
import json
import os
import random
import sysconfig
import time
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

import mlflow
import numpy as np
from IPython.utils.capture import capture_output
from mlflow.exceptions import MlflowException

from exercises.engine.scripted import scripted


@dataclass(frozen=True)
class Call:
    """One call: with which arguments, after which seed, and what the trials return meanwhile."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0  # of `random` and of NumPy's
    trials: tuple[tuple[float, float], ...] = ()  # metric1 and metric2 of each simulated trial


@dataclass(frozen=True)
class Outcome:
    """What one call did, apart from what it logged."""

    error: str = ""  # what it raised, in a sentence
    where: str = ""  # in which line of the student's
    unfinished: bool = False  # by a NotImplementedError of the student's own
    returned: str = "NoneType"  # the type of what came back
    lazy: bool = False  # it is a generator or a coroutine: nothing has gone through it
    value: Any = None  # what came back, if it is plain data
    tracking_uri: str = ""  # where MLflow points afterwards
    experiment_id: str = ""  # which experiment is active afterwards
    left_open: tuple[str, ...] = ()  # ids of the runs still active; they are FAILED now
    elsewhere: str = ""  # name of the last run, if it went to another experiment


@dataclass(frozen=True)
class Described:
    """What a student handed in, before it is called."""

    kind: str  # the name of its type
    can_be_called: bool = False
    parameters: tuple[tuple[str, str, bool], ...] | None = None  # name, kind, has a default
    empty: bool = False  # its body calls nothing

    def signature(self) -> inspect.Signature | None:
        """Return its signature; None if it does not tell."""
        if self.parameters is None:
            return None
        kind = inspect.Parameter
        return inspect.Signature(
            [
                kind(name, getattr(kind, of_kind), default=... if has_default else kind.empty)
                for name, of_kind, has_default in self.parameters
            ]
        )

    def takes(self, call: Call) -> bool:
        """Tell whether it can be called like that, as far as it tells."""
        try:
            if signature := self.signature():
                signature.bind(*call.args, **call.kwargs)
        except TypeError:
            return False
        return self.can_be_called


@dataclass(frozen=True)
class Here:
    """What was handed in, in this process."""

    function: Any
    uri: str  # where MLflow points, and the experiment that is active, when a call begins
    experiment_id: str

    def describe(self) -> Described:
        """Say what it is."""
        return describe(self.function)

    def call(self, call: Call) -> Outcome:
        """Call it while the check's experiment is active."""
        if mlflow.get_tracking_uri().rstrip("/") != self.uri:  # a call before this one changed it
            mlflow.set_tracking_uri(self.uri)
        return perform(self.function, call, self.experiment_id)

    def look(self, what: str, *args: object) -> Any:
        """Call one of the course's own functions."""
        return look(what, *args)


def look(what: str, *args: object) -> Any:
    """Call one of the course's own functions, and show nothing of what it prints.

    Args:
        what: "module:function".
        *args: the function's.

    >>> look("math:sqrt", 9)
    3.0
    """
    module, function = what.split(":")
    with capture_output():
        return getattr(import_module(module), function)(*args)


def describe(handed_in: Any) -> Described:
    """Say what a student handed in.

    >>> describe(lambda run_id, *, name="a": None).parameters
    (('run_id', 'POSITIONAL_OR_KEYWORD', False), ('name', 'KEYWORD_ONLY', True))
    >>> describe(lambda: None).empty, describe(lambda log=print: log()).empty
    (True, False)
    """
    kind = type(handed_in).__name__
    if not callable(handed_in):
        return Described(kind)
    empty = inspect.isfunction(handed_in) and not _calls_something(handed_in.__code__)
    try:
        found = inspect.signature(handed_in).parameters.values()
    except Exception:  # a built-in or an odd object, which does not tell
        return Described(kind, can_be_called=True, empty=empty)
    parameters = ((p.name, p.kind.name, p.default is not p.empty) for p in found)
    return Described(kind, can_be_called=True, parameters=tuple(parameters), empty=empty)


def _calls_something(body: CodeType) -> bool:
    """Tell whether a function's body has a call, or is a generator's."""
    if body.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return True
    names = [instruction.opname for instruction in dis.get_instructions(body)]
    return any(name.startswith("CALL") and "INTRINSIC" not in name for name in names)


def perform(function: Callable[..., object], call: Call, experiment_id: str) -> Outcome:
    """Call a function while an experiment is active, and end the runs that it left active.

    Args:
        function: the student's.
        call: how to call it.
        experiment_id: the experiment's.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    if os.environ.get("MLFLOW_EXPERIMENT_ID") != experiment_id:
        mlflow.set_experiment(experiment_id=experiment_id)
    random.seed(call.seed)
    np.random.seed(call.seed)
    started = int(time.time() * 1000)
    args, kwargs = copy.deepcopy((call.args, dict(call.kwargs)))  # a function may change its lists
    try:
        with capture_output(), scripted(call.trials):
            said = _returned(function(*args, **kwargs))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit as well: a verdict, not the end of the notebook
        said = _raised(error)
    left_open = end_runs()
    uri = mlflow.get_tracking_uri().rstrip("/")
    active = os.environ.get("MLFLOW_EXPERIMENT_ID", "")  # where set_experiment leaves its choice
    elsewhere = _logged_elsewhere(started, experiment_id)
    return Outcome(
        tracking_uri=uri,
        experiment_id=active,
        left_open=left_open,
        elsewhere=elsewhere,
        **said,
    )


def _returned(value: object) -> dict[str, Any]:
    if inspect.iscoroutine(value):
        value.close()  # or Python warns that nobody awaited it
    lazy = isinstance(value, Iterator | Coroutine | AsyncGenerator)
    kind = type(value).__name__
    try:
        plain = None if lazy else json.loads(json.dumps(value, default=_number))
    except (TypeError, ValueError, RecursionError):
        plain = None
    return {"returned": kind, "lazy": lazy, "value": plain}


def _number(value: object) -> object:
    """Return one of NumPy's numbers, or its True or False, as Python's own.

    >>> json.dumps([np.int64(3), np.bool_(True)], default=_number)
    '[3, true]'
    """
    if isinstance(value, np.integer | np.bool_):
        return value.item()
    if isinstance(value, np.floating):
        return float(value)  # some of them have no other `item` than themselves
    raise TypeError(f"a value of type {type(value).__name__} is not plain data")


_NOT_THE_STUDENTS = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    *(str(Path(__file__).parents[2] / package) for package in ("exercises", "helpers")),
    "<frozen",
)
_COMPILED = (".pyx", ".pxi")  # a library's; a traceback has no more of such a path than its end


def _raised(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    interpreted = [frame for frame in frames if not frame.filename.endswith(_COMPILED)]
    own = [frame for frame in interpreted if not frame.filename.startswith(_NOT_THE_STUDENTS)]
    here = not own or frames[-1] in own  # or else a library has raised it
    said = "".join(traceback.format_exception_only(error)).splitlines()
    return {
        "error": next(line for line in said if not line.startswith(" ")),  # a SyntaxError's code
        "where": f"{own[-1].name}, line {own[-1].lineno}: {own[-1].line}" if own else "",
        "unfinished": here and isinstance(error, NotImplementedError),
    }


def _logged_elsewhere(since: int, experiment_id: str) -> str:
    """Return the name of this thread's last run, if it went to another experiment since then."""
    with contextlib.suppress(MlflowException):  # it may be of another server
        last = mlflow.last_active_run()
        if last and last.info.start_time >= since and last.info.experiment_id != experiment_id:
            return str(last.info.run_name)
    return ""


def end_runs() -> tuple[str, ...]:
    """End as FAILED what is still active; return the run ids."""
    run_ids = []
    while (run := mlflow.active_run()) is not None:
        run_ids.append(run.info.run_id)
        with contextlib.suppress(MlflowException):  # a run of another server, or deleted
            mlflow.end_run("FAILED")
    return tuple(run_ids)
