"""Call a student's function, in this process or another, and end the runs that it left open."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import logging
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

import mlflow
import numpy as np
from IPython.utils.capture import capture_output
from mlflow.exceptions import MlflowException

from exercises.engine import call_outcome
from exercises.engine.call_outcome import Outcome
from exercises.engine.exercise_files import Call
from exercises.engine.snapshot import code
from helpers import simulated_trial


def fill_in(argument: Any, id_by_label: Mapping[str, str], check: str = "") -> Any:
    """Return an argument of a call with run IDs for labels, and with the name of the check.

    Args:
        argument: a value, or a list of arguments.
        id_by_label: the run IDs by label.
        check: the check's name.

    >>> fill_in([3, "@a", "{check}: b"], {"a": "1f0"}, "Check")
    [3, '1f0', 'Check: b']
    """
    if isinstance(argument, list):
        return [fill_in(item, id_by_label, check) for item in argument]
    if isinstance(argument, str):
        if argument.startswith("@"):
            return id_by_label[argument[1:]]
        return argument.replace("{check}", check)
    return argument


def perform(function: Any, call: Call, experiment_id: str) -> Outcome:
    """Call a function while an experiment is active, and end the runs that it left active.

    MLflow's tracking URI is the same afterwards.

    Args:
        function: the student's.
        call: how to call it.
        experiment_id: the experiment's.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    if signature_problem := call_outcome.describe_signature_problem(
        function, call.args, call.kwargs
    ):
        return Outcome(signature_problem=signature_problem)
    if os.environ.get("MLFLOW_EXPERIMENT_ID") != experiment_id:
        mlflow.set_experiment(experiment_id=experiment_id)
    random.seed(call.seed)
    np.random.seed(call.seed)
    with silently(), scripted(call.trials):
        if not call.awaited:
            return _perform(function, call, experiment_id)
        pool = ThreadPoolExecutor(1)  # in a kernel's own thread, a loop is running already
        try:
            return pool.submit(_perform, function, call, experiment_id).result()
        finally:
            pool.shutdown(wait=False)  # an interrupt does not wait


def _perform(function: Any, call: Call, experiment_id: str) -> Outcome:
    """Call a function in this thread, which has its own active runs, and end these."""
    uri, start = mlflow.get_tracking_uri(), int(time.time() * 1000)
    args, kwargs = copy.deepcopy((call.args, call.kwargs))  # the function may change them
    args = [resolve_name(a) if str(a).startswith("exercises.") else a for a in args]
    before = [repr(argument) for argument in args]
    called = partial(function, *args, **kwargs)
    result = _call_and_catch((lambda: asyncio.run(_awaited(called))) if call.awaited else called)
    pairs = zip(before, map(repr, args), strict=True)
    altered = (f"{code(old)} is {code(new)} now" for old, new in pairs if old != new)
    left_open, strayed = end_runs(), _strayed(uri, experiment_id, start)
    if strayed:
        mlflow.set_tracking_uri(uri)
    observation = Outcome()
    if call.observe:
        observation = _call_and_catch(partial(resolve_name(call.observe), *call.args))
    return replace(
        result,
        source=call_outcome.source(function),
        altered=next(altered, ""),
        left_open=left_open,
        strayed=strayed,
        observed=observation.value,
        observe_error=observation.error,
    )


def _call_and_catch(called: Callable[[], object]) -> Outcome:
    try:
        return call_outcome.from_value(called())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit as well: a verdict, not the end of the notebook
        return call_outcome.from_error(error)


async def _awaited(called: Callable[[], object]) -> object:
    value = called()
    return await value if inspect.isawaitable(value) else value


def _strayed(uri: str, experiment_id: str, start: int) -> str:
    """Tell if the call left MLflow elsewhere, or logged its last run there; empty if not.

    Args:
        uri: the tracking URI before the call.
        experiment_id: the ID of the experiment that was active.
        start: when the call began, in milliseconds since 1970.
    """
    if mlflow.get_tracking_uri() != uri:
        return f"MLflow's tracking URI is {code(mlflow.get_tracking_uri())} now"
    active = os.environ.get("MLFLOW_EXPERIMENT_ID", "")  # where set_experiment leaves its choice
    if active != experiment_id:
        with contextlib.suppress(MlflowException):  # it may be deleted for good
            active = mlflow.get_experiment(active).name
        return f"the active experiment is {code(active)} now"
    with contextlib.suppress(MlflowException):  # it may be a run of another server
        last = mlflow.last_active_run()
        if last and last.info.start_time >= start and last.info.experiment_id != experiment_id:
            return f"{code(last.info.run_name)} went to another experiment"
    return ""


def end_runs(status: str = "FAILED") -> list[str]:
    """End the active runs with a status, the innermost first; return their IDs."""
    run_ids = []
    while (run := mlflow.active_run()) is not None:
        run_ids.append(run.info.run_id)
        with contextlib.suppress(MlflowException):  # a run of another server, or deleted
            mlflow.end_run(status)
    return run_ids


@contextlib.contextmanager
def silently() -> Iterator[None]:
    """Show nothing that is printed or logged meanwhile.

    `capture_output` replaces the streams, but a logging handler keeps the stream that it had. And
    nbgrader gives no points if something is on stderr.
    """
    level = logging.root.manager.disable
    logging.disable()
    try:
        with capture_output():
            yield
    finally:
        logging.disable(level)


@contextlib.contextmanager
def scripted(values: Sequence[tuple[float, float]]) -> Iterator[None]:
    """Let `simulate_trial` return these metrics, one pair for each call, in any thread.

    After the last pair, it draws at random again.

    >>> with scripted([(0.5, 1.0), (0.25, 2.0)]):
    ...     simulated_trial.simulate_trial("a", "d"), simulated_trial.simulate_trial("b", "e")
    ((0.5, 1.0), (0.25, 2.0))
    """
    original, pairs = simulated_trial.draw, iter(values)

    def draw(param1: object, param2: object) -> tuple[float, float]:
        return next(pairs, None) or original(param1, param2)

    with patch.object(simulated_trial, "draw", draw):
        yield
