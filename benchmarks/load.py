"""Section 7: a class at once, on the default server and on the shared one.

Every student is a process of their own with lesson 02's five tunings, on the server's machine.
"""

import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from subprocess import check_output
from typing import Any

import pandas as pd
import psutil
import yaml

from benchmarks.processes import container_server, family, worker
from benchmarks.report import Figures
from classroom.server.accounts import Accounts
from classroom.server.shared_server import HERE, read_settings
from helpers import connect, execute_tuning, parents
from tools.containers import ROOT, engine_runs, missing_images, shared_server
from tools.servers import free_url

EXPERIMENT = "Nested Child Association"
STUDENTS, TUNINGS, RUNS = (30, 100), 5, 6  # a tuning is a parent and five children
PASSWORD = "the same for each"


@dataclass(frozen=True)
class Place:
    """A server that answers, whether it has accounts, and the processes that it consists of."""

    url: str
    accounts: bool
    processes: Callable[[], dict[str, list[psutil.Process]]]

    def seconds(self) -> dict[str, float]:
        """Return the processor time of each of its parts, in seconds."""
        return {part: sum(map(used, found)) for part, found in self.processes().items()}


def used(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system
    return 0


@contextmanager
def default() -> Iterator[Place]:
    """default server"""
    with container_server() as server:
        yield Place(server.url, False, lambda: {"mlflow": server.processes()})


@contextmanager
def shared(workers: int, accounts: bool, students: int) -> Iterator[Place]:
    """Start the shared server, without its accounts if they are not wanted."""
    url = free_url()
    with tempfile.TemporaryDirectory() as folder:
        override = "" if accounts else without_accounts()
        with shared_server(Path(folder), url, override, MLFLOW_WORKERS=str(workers)) as server:
            ids = {part: server.compose("ps", "-q", part) for part in ("mlflow", "postgres")}
            ask = ["docker", "inspect", "--format", "{{.State.Pid}}"]
            first = {part: int(check_output([*ask, i.decode().strip()])) for part, i in ids.items()}
            if accounts:
                settings = read_settings(server.settings)
                admin = Accounts(url, settings["MLFLOW_AUTH_ADMIN_PASSWORD"])
                for number in range(students):
                    admin.make(f"student{number}", PASSWORD)
            processes = {part: psutil.Process(pid) for part, pid in first.items()}
            yield Place(url, accounts, lambda: {k: family(p) for k, p in processes.items()})


def without_accounts() -> str:
    """Return what changes the shared server into one that asks nobody for a password."""
    ours = yaml.safe_load((HERE / "docker-compose.yml").read_text())["services"]
    default = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["mlflow"]
    command = [part.replace("--app-name basic-auth ", "") for part in ours["mlflow"]["command"]]
    check = {"test": default["healthcheck"]["test"]}
    return yaml.safe_dump({"services": {"mlflow": {"command": command, "healthcheck": check}}})


def cases(students: int) -> dict[str, partial[AbstractContextManager[Place]]]:
    """Return what starts each server, by its name in the results."""
    found = {"default server": partial(default)}
    for workers, accounts in ((w, a) for w in (1, 2, 4) for a in (False, True)):
        name = (
            f"shared, {workers} worker{'s' * (workers > 1)}, {'accounts' if accounts else 'none'}"
        )
        found[name] = partial(shared, workers, accounts, students)
    return found


def student(number: int, accounts: bool, door: Any, begin: Any, rank: Any, answers: Any) -> None:
    """Log five tunings when all begin, read the parents when all are done; send what it took."""
    name = f"student{number}"
    os.environ["EXPERIMENT_PREFIX"] = f"{name}-of-{begin.parties}-"  # a class of its own
    if accounts:
        os.environ["MLFLOW_TRACKING_USERNAME"] = name
        os.environ["MLFLOW_TRACKING_PASSWORD"] = PASSWORD
    errors: list[str] = []
    with door:  # they come in one after the other, or each would wait for the hashes of all
        timed(lambda: connect(EXPERIMENT), errors)
    begin.wait()
    began = time.time()
    waits = [timed(lambda n=n: execute_tuning(n), errors)[0] for n in range(TUNINGS)]
    ended = time.time()
    rank.wait()
    ranking, found = timed(lambda: parents(EXPERIMENT), errors)
    times = {"began": began, "ended": ended, "waits": waits, "ranking": ranking}
    for _ in range(5):  # an error is counted once; whether a tuning is lost, asks whoever has time
        if found is None:
            _, found = timed(lambda: parents(EXPERIMENT), [])
    lost = TUNINGS - len([] if found is None else found)
    answers.put(times | {"errors": errors, "lost": lost, "processor": time.process_time()})


def timed(do: Callable[[], Any], errors: list[str]) -> tuple[float, Any]:
    """Return the seconds that something took, and what it returned; note what it raised."""
    at, answer = time.perf_counter(), None
    try:
        answer = do()
    except Exception:
        errors.append(traceback.format_exc())
    return time.perf_counter() - at, answer


def all_at_once(size: tuple[int, bool, str]) -> None:
    """Fork a process for each student from this one, which has loaded MLflow; write what they say.

    Args:
        size: how many students, whether they have accounts, and the file to write.
    """
    number, accounts, file = size
    fork = get_context("fork")
    door, answers = fork.Semaphore(2), fork.Queue()
    begin, rank = fork.Barrier(number), fork.Barrier(number)
    jobs = [
        fork.Process(target=student, args=(n, accounts, door, begin, rank, answers))
        for n in range(number)
    ]
    for job in jobs:
        job.start()
    pd.DataFrame([answers.get(timeout=300) for _ in jobs]).to_pickle(file)
    for job in jobs:
        job.join()


def one(
    start: Callable[[], AbstractContextManager[Place]], students: Sequence[int]
) -> Iterator[Figures]:
    """Yield what classes of several sizes took on one server, each after the one before."""
    with start() as place, tempfile.TemporaryDirectory() as folder:
        for number in students:
            file = str(Path(folder, f"{number}"))
            before, at = place.seconds(), time.time()
            with worker(place.url) as measure:
                measure(all_at_once, (number, place.accounts, file))
            found = pd.read_pickle(file)
            spent = {part: used - before[part] for part, used in place.seconds().items()}
            yield summary(found, spent | {"wall": time.time() - at})


def summary(found: pd.DataFrame, spent: dict[str, float]) -> Figures:
    """Return the figures of one class from what its students say and what the server spent."""
    waits = found["waits"].explode().astype(float)
    whole = found["ended"].max() - found["began"].min()
    runs, students = len(waits) * RUNS, len(found)
    total = whole * (psutil.cpu_count() or 1)
    parts = {"mlflow": spent["mlflow"], "postgres": spent.get("postgres", 0.0)}
    return {
        "students": students,
        "rate": runs / whole,
        "median": waits.median(),
        "p95": waits.quantile(0.95),
        "ranking": found["ranking"].quantile(0.95),
        "errors": int(found["errors"].map(len).sum()),
        "lost": int(found["lost"].sum()),
        "clients": 100 * found["processor"].sum() / total,
        **{part: 100 * seconds / total for part, seconds in parts.items()},
    }


def load(quick: bool) -> Figures:
    """Measure section 7."""
    students = (3,) if quick else STUDENTS
    if not engine_runs() or missing_images():
        return {"rows": pd.DataFrame()}
    rows = [
        {"server": name, **row}
        for name, start in list(cases(max(students)).items())[: 3 if quick else None]
        for row in one(start, students)
    ]
    return figures(pd.DataFrame(rows))


def figures(rows: pd.DataFrame) -> Figures:
    """Return the rows, and what the goals speak of."""
    rates = rows.set_index(["students", "server"])["rate"]
    pairs = [(n, s) for n, s in rates.index if s.endswith("accounts")]
    shares = [rates[n, s] / rates[n, s.replace("accounts", "none")] for n, s in pairs]
    small = rows[rows["students"] == rows["students"].min()]
    wrong = rows[["errors", "lost"]].sum().sum()
    return {
        "rows": rows,
        "cost": 100 * (1 - pd.Series(shares).median()),
        "wrong": wrong,
        "p95": small["p95"].max(),
    }
