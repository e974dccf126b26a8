"""Runs inside the shared server, and nowhere else: MLflow's permissions, with fewer questions.

Before it lets a student log to a run, MLflow 3.17 reads the whole run, to learn which experiment it
is in, then the student's account three times and what they may do. Without accounts the same server
logs about twice as many runs a second. Here, what cannot change is asked once: a run never leaves
its experiment. An account, and that a student may do something, are remembered for ten seconds.
That they may not is asked every time, so an experiment can be used as soon as it is made.

`basic_auth.ini` names this file's function, so each of the server's workers imports it with its
first request. What it replaces are names of MLflow's own, so a version without them does not start
to serve, and the healthcheck says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from mlflow.server import auth as mlflow_auth
from mlflow.server.auth import authenticate_request_basic_auth

__all__ = ["authenticate_request_basic_auth"]
_remember = lru_cache(100_000)  # answers, each with a run id of 32 letters or a few such texts
auth: Any = mlflow_auth
_fetch, _get_user, _ask = auth._fetch_or_none, auth.store.get_user, auth.authorize


def _ten_seconds() -> float:
    """Return a number that is another every ten seconds: what was asked with it is asked again."""
    return time.monotonic() // 10


@_remember
def _experiment_of(run_id: str) -> Any:
    """Return a run of which only the experiment is known: all that is asked of it here."""
    store = auth._get_tracking_store()
    with store.ManagedSessionMaker() as session:
        number = store._get_run(session, run_id).experiment_id
    return SimpleNamespace(info=SimpleNamespace(experiment_id=str(number)))


@_remember
def _user(username: str, when: float) -> Any:
    return _get_user(username)


@_remember
def _insist(when: float, *question: Hashable) -> None:
    """Raise PermissionError if MLflow says no: what raises is not remembered."""
    if not _ask(*question):
        raise PermissionError


def _fetch_or_none(fetch: Callable[[str], Any], resource_id: str) -> Any:
    of_a_run = getattr(fetch, "__name__", "") == "get_run"
    return _fetch(_experiment_of if of_a_run else fetch, resource_id)


def _authorize(username: str, anchor: tuple[str, str], requirements: Iterable[Hashable]) -> bool:
    try:
        _insist(_ten_seconds(), username, anchor, tuple(requirements))
    except PermissionError:
        return False
    return True


auth._fetch_or_none = _fetch_or_none
auth.authorize = _authorize
auth.store.get_user = lambda username: _user(username, _ten_seconds())
