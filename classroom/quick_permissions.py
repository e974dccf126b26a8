"""Runs inside the shared server, and nowhere else: MLflow's permissions, with fewer questions.

Before it lets a student log to a run, MLflow 3.17 reads the whole run, to learn which experiment it
is in, and the student's account three times. Without accounts the same server logs about twice as
many runs a second. Here, what cannot change is asked once: a run never leaves its experiment. An
account is remembered for ten seconds. What a student may do is asked every time.

`basic_auth.ini` names this file's function, so each of the server's workers imports it with its
first request. What it replaces are names of MLflow's own, so a version without them does not start
to serve, and the healthcheck says so.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from mlflow.server import auth as mlflow_auth
from mlflow.server.auth import authenticate_request_basic_auth

__all__ = ["authenticate_request_basic_auth"]
_SECONDS = 10.0
_MOST = 100_000  # runs, of some 32 letters
auth: Any = mlflow_auth


class Remembered:
    """A function of one text whose answers are remembered; what it raises is not."""

    def __init__(self, ask: Callable[[str], Any], seconds: float) -> None:
        """Remember for so many seconds."""
        self.ask, self.seconds = ask, seconds
        self._answers: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def __call__(self, what: str) -> Any:
        """Return the answer, asking if it is not known or too old."""
        known = self._answers.get(what)
        if known is None or time.monotonic() - known[0] > self.seconds:
            self._answers[what] = known = (time.monotonic(), self.ask(what))
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        return known[1]


def _experiment_of(run_id: str) -> Any:
    """Return a run without what was logged to it; its experiment is all that is asked of it."""
    run = auth._get_tracking_store().get_run(run_id)
    return type(run)(run.info, None)


_run = Remembered(_experiment_of, float("inf"))
_fetch = auth._fetch_or_none


def _fetch_or_none(fetch: Callable[[str], Any], resource_id: str) -> Any:
    of_a_run = getattr(fetch, "__name__", "") == "get_run"
    return _fetch(_run if of_a_run else fetch, resource_id)


auth._fetch_or_none = _fetch_or_none
auth.store.get_user = Remembered(auth.store.get_user, _SECONDS)
