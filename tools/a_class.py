"""A class that logs at once: a process for each student, on the server that their settings name."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from classroom.server.accounts import Admin
from classroom.server.shared_server import read_settings
from helpers import connect, execute_tuning, parents
from tools.containers import shared_server
from tools.servers import free_url

STUDENTS, EXPERIMENT, PASSWORD = 100, "Nested Child Association", "the same for each"


class Seen(NamedTuple):
    """What a student, or a class, saw of the server."""

    waits: list[float]  # seconds that each tuning took
    errors: list[str]
    lost: int  # how many tunings were not there in the end


def student(settings: dict[str, str], begin: Any, read: Any, seen: Any) -> None:
    """Log lesson 02's five tunings when all begin; read their parents when all are done."""
    waits, errors, lost = list[float](), list[str](), 0
    os.environ |= {**settings, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5"}

    @contextmanager
    def noted() -> Iterator[None]:
        try:
            yield
        except Exception as error:  # whatever a server under load makes of it; counted, and shown
            errors.append(f"{type(error).__name__}: {error}")

    begin.wait()
    with noted():
        connect(EXPERIMENT)
    for test_no in range(5):
        began = time.perf_counter()
        with noted():
            execute_tuning(test_no)
        waits.append(time.perf_counter() - began)
    read.wait()
    with noted():
        lost = 5 - len(parents(EXPERIMENT))
    seen.put(Seen(waits, errors, lost))


def all_at_once(students: Sequence[dict[str, str]]) -> Seen:
    """Fork a process for each student, which has MLflow loaded, and let all log at once.

    Args:
        students: the settings of each.
    """
    fork, number = get_context("fork"), len(students)
    shared = (fork.Barrier(number), fork.Barrier(number), fork.Queue())
    jobs = [fork.Process(target=student, args=(one, *shared), daemon=True) for one in students]
    for job in jobs:
        job.start()
    waits, errors, lost = zip(*(shared[-1].get(timeout=1200) for _ in jobs), strict=True)
    for job in jobs:
        job.join()
    return Seen([*chain(*waits)], [*chain(*errors)], sum(lost))


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
