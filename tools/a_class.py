"""A class that logs at once: a process for each student, on the server that their settings name."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

from classroom.server.accounts import Admin
from classroom.server.shared_server import read_settings
from helpers import connect, execute_tuning, parents
from tools.containers import shared_server
from tools.servers import free_url

STUDENTS, EXPERIMENT, PASSWORD = 100, "Nested Child Association", "the same for each"


class Day(NamedTuple):
    """What a student saw of the server."""

    waits: list[float]  # seconds that each tuning took
    errors: list[str]
    lost: int  # how many tunings were not there in the end


def student(settings: dict[str, str], begin: Any, read: Any, days: Any) -> None:
    """Log lesson 02's five tunings when all begin; read their parents when all are done."""
    errors, found = list[str](), [5]
    os.environ |= {**settings, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5"}

    def timed(step: Callable[[], object]) -> float:
        began = time.perf_counter()
        try:
            step()
        except Exception as error:  # whatever a server under load makes of it; counted, and shown
            errors.append(f"{type(error).__name__}: {error}")
        return time.perf_counter() - began

    begin.wait()
    timed(lambda: connect(EXPERIMENT))
    waits = [timed(partial(execute_tuning, test_no)) for test_no in range(5)]
    read.wait()
    timed(lambda: found.append(len(parents(EXPERIMENT))))
    days.put(Day(waits, errors, 5 - found[-1]))


def all_at_once(students: Sequence[dict[str, str]]) -> list[Day]:
    """Fork a process for each student, which has MLflow loaded, and let all log at once.

    Args:
        students: the settings of each.
    """
    fork, number = get_context("fork"), len(students)
    shared = (fork.Barrier(number), fork.Barrier(number), fork.Queue())
    jobs = [fork.Process(target=student, args=(one, *shared), daemon=True) for one in students]
    for job in jobs:
        job.start()
    days = [shared[-1].get(timeout=1200) for _ in jobs]
    for job in jobs:
        job.join()
    return days


def nineteen_of_twenty(days: Sequence[Day]) -> float:
    """Return the seconds that 19 of 20 tunings take at most."""
    return quantiles(chain(*(day.waits for day in days)), n=20)[-1]


def by_prefix(number: int) -> dict[str, str]:
    """Return the settings of a student who has no account."""
    return {"EXPERIMENT_PREFIX": f"student{number}-"}


def by_account(number: int) -> dict[str, str]:
    """Return the settings of a student who has an account."""
    account = {"MLFLOW_TRACKING_USERNAME": f"student{number}", "MLFLOW_TRACKING_PASSWORD": PASSWORD}
    return by_prefix(number) | account


@contextmanager
def with_accounts(workers: int = 2) -> Iterator[str]:
    """Start the shared server, with an account for each student."""
    url, options = free_url(), {"MLFLOW_WORKERS": str(workers)}
    with (
        tempfile.TemporaryDirectory() as folder,
        shared_server(Path(folder), url, **options) as server,
    ):
        admin = Admin(url, read_settings(server.settings)["MLFLOW_AUTH_ADMIN_PASSWORD"])
        for number in range(STUDENTS):
            admin.ask("POST", "create", username=f"student{number}", password=PASSWORD)
        yield url
