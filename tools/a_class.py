"""A class that logs at once: a process for each student, on the server that their settings name."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from classroom.server.accounts import Admin
from classroom.server.shared_server import read_settings
from helpers import connect, execute_tuning, parents
from tools.containers import shared_server
from tools.servers import free_url

STUDENTS, EXPERIMENT, PASSWORD = range(100), "Nested Child Association", "the same for each"


class Seen(NamedTuple):
    """What a class saw of the server."""

    waits: list[float]  # seconds that each tuning took
    errors: int  # how many students could not go on
    lost: int  # how many tunings were logged, and were not there in the end


def all_at_once() -> Seen:
    """Fork a process for each student, which has MLflow loaded, and let all log at once."""
    with ProcessPoolExecutor(len(STUDENTS), get_context("fork")) as pool:
        waits = list(pool.map(log, STUDENTS))
        there = list(pool.map(read, STUDENTS))
    errors = sum(len(one) < 5 for one in waits)
    lost = sum(max(0, len(one) - number) for one, number in zip(waits, there, strict=True))
    return Seen([*chain(*waits)], errors, lost)


def log(student: int) -> list[float]:
    """Log lesson 02's five tunings; return the seconds of each that was logged."""
    become(student)
    waits = list[float]()
    try:
        connect(EXPERIMENT)
        for test_no in range(5):
            began = time.perf_counter()
            execute_tuning(test_no)
            waits.append(time.perf_counter() - began)
    except Exception as error:  # whatever a server under load makes of it; it is counted
        print(f"Student {student}: {type(error).__name__}: {error}", file=sys.stderr)
    return waits


def read(student: int) -> int:
    """Return how many of a student's tunings are there."""
    become(student)
    return len(parents(EXPERIMENT))


def become(student: int) -> None:
    """Let this process be a student's; a server without accounts does not ask for the name."""
    os.environ |= {
        "EXPERIMENT_PREFIX": f"student{student}-",
        "MLFLOW_TRACKING_USERNAME": f"student{student}",
        "MLFLOW_TRACKING_PASSWORD": PASSWORD,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5",
    }


@contextmanager
def with_accounts() -> Iterator[str]:
    """Start the shared server, with an account for each student."""
    url = free_url()
    with tempfile.TemporaryDirectory() as folder, shared_server(Path(folder), url) as server:
        admin = Admin(url, read_settings(server.settings)["MLFLOW_AUTH_ADMIN_PASSWORD"])
        for student in STUDENTS:
            admin.ask("POST", "create", username=f"student{student}", password=PASSWORD)
        yield url
