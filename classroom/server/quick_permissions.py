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
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from types import SimpleNamespace
from typing import Any

from mlflow.server import auth as mlflow_auth
from mlflow.server.auth import authenticate_request_basic_auth

__all__ = ["authenticate_request_basic_auth"]
_SECONDS = 10.0
_MOST = 100_000  # answers, each with a run id of 32 letters or less than ten such texts
auth: Any = mlflow_auth


class Remembered:
    """A function whose answers are remembered, unless it says no or raises."""

    def __init__(self, ask: Callable[..., Any], seconds: float) -> None:
        """Remember for so many seconds."""
        self.ask, self.seconds = ask, seconds
        self._answers: OrderedDict[tuple[Hashable, ...], tuple[float, Any]] = OrderedDict()

    def __call__(self, *what: Hashable) -> Any:
        """Return the answer, asking if it is not known or too old."""
        at, answer = self._answers.get(what, (0, None))
        now = time.monotonic()
        if not answer or now - at > self.seconds:
            answer = self.ask(*what)
            self._answers[what] = now, answer
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        return answer


def _experiment_of(run_id: str) -> Any:
    """Return a run of which only the experiment is known: all that is asked of it here."""
    store = auth._get_tracking_store()
    with store.ManagedSessionMaker() as session:
        number = store._get_run(session, run_id).experiment_id
    return SimpleNamespace(info=SimpleNamespace(experiment_id=str(number)))


_run = Remembered(_experiment_of, float("inf"))
_may = Remembered(auth.authorize, _SECONDS)
_fetch = auth._fetch_or_none


def _fetch_or_none(fetch: Callable[[str], Any], resource_id: str) -> Any:
    of_a_run = getattr(fetch, "__name__", "") == "get_run"
    return _fetch(_run if of_a_run else fetch, resource_id)


def _authorize(username: str, anchor: tuple[str, str], requirements: Iterable[Hashable]) -> bool:
    return bool(_may(username, anchor, tuple(requirements)))


auth._fetch_or_none = _fetch_or_none
auth.authorize = _authorize
auth.store.get_user = Remembered(auth.store.get_user, _SECONDS)
