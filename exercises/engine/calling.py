"""Call a student's function, in this process or another, and end what it left open."""

import asyncio
import contextlib
import copy
import inspect
import logging
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pkgutil import resolve_name
from typing import Any

import mlflow
import numpy as np
from IPython.utils.capture import capture_output
from pydantic import ConfigDict

from exercises.engine import said
from exercises.engine.left import end_runs, strayed
from exercises.engine.run import code
from exercises.engine.scripted import scripted


@dataclass(frozen=True)
class Call:
    """One call: with which arguments, after which seed, and what the trials return meanwhile."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    args: list[Any] = field(default_factory=list)  # "exercises.training:train" is that function
    kwargs: dict[str, Any] = field(default_factory=dict)
    seed: int = 0  # of `random` and of NumPy's
    trials: list[tuple[float, float]] = field(default_factory=list)  # metric1 and metric2 of each
    awaited: bool = False  # it is called where an event loop runs, as in a cell, and awaited
    look: str = ""  # "module:function" of the course, called with the same arguments afterwards


@dataclass(frozen=True)
class Outcome:
    """What one call did, apart from what it logged."""

    misfit: str = ""  # what was handed in, if it cannot be called like that
    source: str = ""  # the lines that define it, if they can be had
    error: str = ""  # what it raised, in a sentence
    where: str = ""  # in which line of the student's
    returned: str = "NoneType"  # the type of what came back
    value: Any = None  # what came back, if it is plain data
    holds: str = ""  # else what of it is none, in Markdown
    altered: str = ""  # the first argument that it has changed, in Markdown
    left_open: list[str] = field(default_factory=list)  # ids of runs still active; FAILED now
    strayed: str = ""  # where it has logged or pointed MLflow instead, in Markdown
    seen: dict[str, Any] = field(default_factory=dict)  # "value" of the look, or its "error"


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


def perform(function: Any, call: Call, experiment_id: str) -> Outcome:
    """Call a function while an experiment is active, and end the runs that it left active.

    MLflow points where it did before.

    Args:
        function: the student's.
        call: how to call it.
        experiment_id: the experiment's.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    if misfit := said.misfit(function, call.args, call.kwargs):
        return Outcome(misfit=misfit)
    if os.environ.get("MLFLOW_EXPERIMENT_ID") != experiment_id:
        mlflow.set_experiment(experiment_id=experiment_id)
    random.seed(call.seed)
    np.random.seed(call.seed)
    with silently(), scripted(call.trials):
        if not call.awaited:
            return _call(function, call, experiment_id)
        pool = ThreadPoolExecutor(1)  # in a kernel's own thread, a loop is running already
        try:
            return pool.submit(_call, function, call, experiment_id).result()
        finally:
            pool.shutdown(wait=False)  # an interrupt does not wait


def _call(function: Any, call: Call, experiment_id: str) -> Outcome:
    """Call a function in this thread, which has its own active runs, and end these."""
    uri, started = mlflow.get_tracking_uri(), int(time.time() * 1000)
    args, kwargs = copy.deepcopy((call.args, call.kwargs))  # the plan stays as it is
    # A string such as "exercises.training:train" is that function.
    args = [resolve_name(a) if str(a).startswith("exercises.") else a for a in args]
    given = [repr(argument) for argument in args]
    called = partial(function, *args, **kwargs)
    came = _said_of((lambda: asyncio.run(_awaited(called))) if call.awaited else called)
    pairs = zip(given, map(repr, args), strict=True)
    altered = next((f"{code(was)} is {code(now)} now" for was, now in pairs if was != now), "")
    left_open, elsewhere = end_runs(), strayed(uri, experiment_id, started)
    if elsewhere:
        mlflow.set_tracking_uri(uri)
    seen = _said_of(partial(resolve_name(call.look), *call.args)) if call.look else {}
    source = said.source(function)
    return Outcome(
        source=source, altered=altered, left_open=left_open, strayed=elsewhere, seen=seen, **came
    )


def _said_of(called: Callable[[], object]) -> dict[str, Any]:
    try:
        return said.returned(called())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit as well: a verdict, not the end of the notebook
        return said.raised(error)


async def _awaited(called: Callable[[], object]) -> object:
    value = called()
    return await value if inspect.isawaitable(value) else value


def told(value: Any, run_ids: Mapping[str, str], check: str = "") -> Any:
    """Return an argument with run IDs in place of labels, and with the name of the check.

    Args:
        value: the argument, or a list of some.
        run_ids: by label.
        check: the check's name.

    >>> told([3, "@a", "{check}: b"], {"a": "1f0"}, "Check")
    [3, '1f0', 'Check: b']
    """
    if isinstance(value, list):
        return [told(item, run_ids, check) for item in value]
    if isinstance(value, str):
        return run_ids[value[1:]] if value[:1] == "@" else value.replace("{check}", check)
    return value
