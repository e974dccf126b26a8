"""Simulate a class that logs all at once, with one process for each student."""

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
from tools.temporary_server import free_url

STUDENTS, EXPERIMENT, PASSWORD = range(100), "Nested Child Association", "the same for each"


class LoadResult(NamedTuple):
    """How the server served a class."""

    waits: list[float]  # the seconds that each sweep took
    errors: int  # how many students could not continue
    lost: int  # how many sweeps were logged but could not be found at the end


def all_at_once() -> LoadResult:
    """Fork a process for each student, with MLflow already loaded, and let all log at once."""
    with ProcessPoolExecutor(len(STUDENTS), get_context("fork")) as pool:
        waits = list(pool.map(log, STUDENTS))
        numbers = list(pool.map(read, STUDENTS))
    errors = sum(len(of_student) < 5 for of_student in waits)
    lost = sum(
        max(0, len(of_student) - number) for of_student, number in zip(waits, numbers, strict=True)
    )
    return LoadResult([*chain(*waits)], errors, lost)


def log(student: int) -> list[float]:
    """Log lesson 02's five sweeps; return the seconds that each logged one took."""
    use_account_of(student)
    waits = list[float]()
    try:
        connect(EXPERIMENT)
        for test_no in range(5):
            began = time.perf_counter()
            execute_tuning(test_no)
            waits.append(time.perf_counter() - began)
    except Exception as error:  # a server under load may cause any error; count it
        print(f"Student {student}: {type(error).__name__}: {error}", file=sys.stderr)
    return waits


def read(student: int) -> int:
    """Return how many sweeps of a student the server has."""
    use_account_of(student)
    return len(parents(EXPERIMENT))


def use_account_of(student: int) -> None:
    """Give this process a student's settings; a server without accounts ignores the name."""
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
