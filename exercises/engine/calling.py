"""Call a student's function, in this process or another; say what came of it, as plain data."""

from __future__ import annotations

import contextlib
import copy
import inspect
import json
import logging
import os
import random
import sysconfig
import textwrap
import time
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from operator import methodcaller
from pathlib import Path
from typing import Any, Protocol

import mlflow
import numpy as np
from IPython.utils.capture import capture_output
from mlflow.exceptions import MlflowException
from pydantic import ConfigDict

from exercises.engine.scripted import scripted


@dataclass(frozen=True)
class Call:
    """One call: with which arguments, after which seed, and what the trials return meanwhile."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    seed: int = 0  # of `random` and of NumPy's
    trials: list[list[float]] = field(default_factory=list)  # metric1 and metric2 of each


@dataclass(frozen=True)
class Outcome:
    """What one call did, apart from what it logged."""

    no_function: str = ""  # the type of what was handed in, if it cannot be called
    parameters: list[str] | None = None  # of a function that does not fit the call
    source: str = ""  # the lines that define it, if they can be had
    error: str = ""  # what it raised, in a sentence
    where: str = ""  # in which line of the student's
    returned: str = "NoneType"  # the type of what came back
    lazy: bool = False  # it is a generator or a coroutine: nothing has gone through it
    value: Any = None  # what came back, if it is plain data
    tracking_uri: str = ""  # where MLflow points afterwards
    experiment_id: str = ""  # which experiment is active afterwards
    left_open: list[str] = field(default_factory=list)  # ids of runs still active; FAILED now
    elsewhere: str = ""  # name of the last run, if it went to another experiment

    @property
    def fits(self) -> bool:
        """Whether what was handed in can be called like that, as far as it tells."""
        return not self.no_function and self.parameters is None


class Callee(Protocol):
    """A student's function, in this process or in another one."""

    def call(self, call: Call) -> Outcome:
        """Call it while the check's experiment is active."""

    def look(self, what: str, *args: object) -> Any:
        """Call one of the course's own functions where the student's function runs.

        Args:
            what: "module:function"; it returns plain data (what JSON can hold).
            *args: the function's.
        """


@dataclass(frozen=True)
class Here:
    """What was handed in, in this process."""

    function: Any
    uri: str  # where MLflow points, and the experiment that is active, when a call begins
    experiment_id: str

    def call(self, call: Call) -> Outcome:
        """Call it while the check's experiment is active."""
        if mlflow.get_tracking_uri().rstrip("/") != self.uri:  # a call before this one changed it
            mlflow.set_tracking_uri(self.uri)
        return perform(self.function, call, self.experiment_id)

    def look(self, what: str, *args: object) -> Any:
        """Call one of the course's own functions."""
        return look(what, *args)


@contextlib.contextmanager
def silently() -> Iterator[None]:
    """Show nothing of what is printed or logged meanwhile.

    A logging handler keeps the stream that was there when it was made, so a stream that takes its
    place does not get its lines. And nbgrader gives no points where something is on stderr.
    """
    level = logging.root.manager.disable
    logging.disable()
    try:
        with capture_output():
            yield
    finally:
        logging.disable(level)


def look(what: str, *args: object) -> Any:
    """Call one of the course's own functions, and show nothing of what it prints.

    Args:
        what: "module:function".
        *args: the function's.

    >>> look("math:sqrt", 9)
    3.0
    """
    module, function = what.split(":")
    with silently():
        return getattr(import_module(module), function)(*args)


def _misfit(function: Any, call: Call) -> dict[str, Any]:
    """Say why a function cannot be called like that; nothing if it can, or does not tell."""
    if not callable(function):
        return {"no_function": type(function).__name__}
    try:
        signature = inspect.signature(function)
    except Exception:  # a built-in or an odd object, which does not tell
        return {}
    try:
        signature.bind(*call.args, **call.kwargs)
    except TypeError:
        return {"parameters": list(signature.parameters)}
    return {}


def _source(function: object) -> str:
    """Return the lines that define a function; empty if there are none."""
    with contextlib.suppress(OSError):
        if inspect.isfunction(function):  # its own, and not that of another one that it wraps
            return textwrap.dedent(inspect.getsource(function.__code__))
    return ""


def perform(function: Callable[..., object], call: Call, experiment_id: str) -> Outcome:
    """Call a function while an experiment is active, and end the runs that it left active.

    Args:
        function: the student's.
        call: how to call it.
        experiment_id: the experiment's.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    if misfit := _misfit(function, call):
        return Outcome(**misfit)
    if os.environ.get("MLFLOW_EXPERIMENT_ID") != experiment_id:
        mlflow.set_experiment(experiment_id=experiment_id)
    random.seed(call.seed)
    np.random.seed(call.seed)
    started = int(time.time() * 1000)
    args, kwargs = copy.deepcopy((call.args, call.kwargs))  # a function may change its lists
    try:
        with silently(), scripted(call.trials):
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
        source=_source(function),
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
        # One of NumPy's numbers, or its True or False, gives Python's own as its `item`.
        plain = None if lazy else json.loads(json.dumps(value, default=methodcaller("item")))
    except (AttributeError, TypeError, ValueError, RecursionError):
        plain = None
    return {"returned": kind, "lazy": lazy, "value": plain}


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
    said = "".join(traceback.format_exception_only(error)).splitlines()
    return {
        "error": next(line for line in said if not line.startswith(" ")),  # a SyntaxError's code
        "where": f"{own[-1].name}, line {own[-1].lineno}: {own[-1].line}" if own else "",
    }


def _logged_elsewhere(since: int, experiment_id: str) -> str:
    """Return the name of this thread's last run, if it went to another experiment since then."""
    with contextlib.suppress(MlflowException):  # it may be of another server
        last = mlflow.last_active_run()
        if last and last.info.start_time >= since and last.info.experiment_id != experiment_id:
            return str(last.info.run_name)
    return ""


def end_runs() -> list[str]:
    """End as FAILED what is still active; return the run ids."""
    run_ids = []
    while (run := mlflow.active_run()) is not None:
        run_ids.append(run.info.run_id)
        with contextlib.suppress(MlflowException):  # a run of another server, or deleted
            mlflow.end_run("FAILED")
    return run_ids
