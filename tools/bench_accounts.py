"""Measure two ways to keep students apart on the shared server: `python -m tools.bench_accounts`.

By a prefix before the names of experiments, or by an MLflow workspace for each student; each with
and without `quick_permissions.py`. Four shared servers on PostgreSQL are up at once and are used in
turn, so a busy machine slows all of them alike: read the ratios. It prints Markdown, takes half an
hour, and needs Docker and 6 GB of memory. `python -m tools.bench_accounts 10` has no more than 10
students, and takes ten minutes.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import requests
from mlflow import MlflowClient

from classroom.server.shared_server import HERE, SharedServer, read_settings
from helpers import connect, execute_tuning
from tools.a_class import EXPERIMENT, PASSWORD, all_at_once, by_account, nineteen_of_twenty
from tools.bench import in_a_process
from tools.containers import shared_server
from tools.servers import free_url

TURNS, CHILDREN, LISTS = 3, 25, 7
RUNS = 5 * (CHILDREN + 1)
CLASSES, CROWDS = (30, 100), (10, 100, 1000)
API = "/api/2.0/mlflow/users/create"
NEWER = "/api/3.0/mlflow"
DESIGNS = ((False, True), (False, False), (True, True), (True, False))
QUICK = "authorization_function = quick_permissions:authenticate_request_basic_auth\n"
MAY = {"resource_type": "workspace", "resource_pattern": "*", "permission": "USE"}
OVERRIDE = """
services:
  mlflow:
    healthcheck: {{start_period: 15m, start_interval: 5s, interval: 15m}}
    environment: {{MLFLOW_ENABLE_WORKSPACES: "{workspaces}"}}
    volumes: ["{accounts}:/etc/mlflow/basic_auth.ini:ro"]
"""
OTHERS = """
INSERT INTO workspaces (name) SELECT 'other' || n FROM generate_series({0}, {1}) AS n;
INSERT INTO experiments
    (experiment_id, name, workspace, lifecycle_stage, artifact_location,
     creation_time, last_update_time)
    SELECT 10000 + n, {2}, {3}, 'active', 'mlflow-artifacts:/' || 10000 + n,
        2000000000000 + n, 2000000000000 + n
    FROM generate_series({0}, {1}) AS n;
"""


@dataclass(frozen=True)
class Design:
    """A shared server, and how it keeps students apart."""

    server: SharedServer
    url: str
    workspaces: bool
    quick: bool

    @property
    def name(self) -> str:
        """What the tables call it."""
        apart = "workspaces" if self.workspaces else "prefix"
        return f"{apart}, `quick_permissions.py`" if self.quick else apart

    def student(self, number: int) -> dict[str, str]:
        """Return what a student sets."""
        own = {"EXPERIMENT_PREFIX": "", "MLFLOW_WORKSPACE": f"student{number}"}
        return by_account(number) | (own if self.workspaces else {})

    def add_student(self, number: int) -> None:
        """Make an account and, where they are used, its workspace and its role there."""
        name = f"student{number}"
        self._ask(API, username=name, password=PASSWORD)
        if self.workspaces:
            self._ask(f"{NEWER}/workspaces", name=name)
            role = self._ask(f"{NEWER}/roles/create", name="student", workspace=name)["role"]["id"]
            self._ask(f"{NEWER}/roles/permissions/add", role_id=role, **MAY)
            self._ask(f"{NEWER}/roles/assign", role_id=role, username=name)

    def _ask(self, route: str, **body: Any) -> Any:
        """Ask as the admin."""
        password = read_settings(self.server.settings)["MLFLOW_AUTH_ADMIN_PASSWORD"]
        answer = requests.post(self.url + route, json=body, auth=("admin", password), timeout=120)
        answer.raise_for_status()
        return answer.json()

    def add_others(self, first: int, last: int) -> None:
        """Make the experiments of other students, in the database."""
        name, workspace = f"'other' || n || '-{EXPERIMENT}'", "'default'"
        if self.workspaces:
            name, workspace = f"'{EXPERIMENT}'", "'other' || n"
        script = OTHERS.format(first, last, name, workspace)
        psql = ["psql", "-U", "mlflow", "--set=ON_ERROR_STOP=1", f"--command={script}"]
        self.server.compose("exec", "-T", "postgres", *psql)

    def seconds(self) -> list[float]:
        """Return the processor time so far: of MLflow, of PostgreSQL."""
        return [self._seconds_of(service) for service in ("mlflow", "postgres")]

    def _seconds_of(self, service: str) -> float:
        """Add up what a container's processes took, and those of their children that have ended."""
        read = ["sh", "-c", "cat /proc/[0-9]*/stat || :"]
        said = self.server.compose("exec", "-T", service, *read).decode()
        ticks = [line.rpartition(")")[2].split()[11:15] for line in said.splitlines()]
        return sum(map(int, chain(*ticks))) / os.sysconf("SC_CLK_TCK")


def table(head: str, rows: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield f"\n| {head} |"
    yield "| --- |" + " ---: |" * head.count("|")
    for name, cells in rows.items():
        yield f"| {name} | {' | '.join(cells)} |"


def alone(settings: dict[str, str]) -> tuple[float, float]:
    """Log lesson 02's five tunings, of 25 children; return a run's requests and milliseconds."""
    os.environ |= settings
    connect(EXPERIMENT)
    asked, send = Counter[str](), requests.Session.send

    def counted(self: requests.Session, *what: Any, **options: Any) -> requests.Response:
        asked["requests"] += 1
        return send(self, *what, **options)

    requests.Session.send = counted  # type: ignore[method-assign]
    began = time.perf_counter()
    for test_no in range(5):
        execute_tuning(test_no, num_child_runs=CHILDREN)
    return asked["requests"] / RUNS, 1e3 * (time.perf_counter() - began) / RUNS


def cost_of_a_run(designs: Sequence[Design]) -> Iterator[str]:
    """Measure what each of lesson 02's runs costs, with one student at work."""
    taken: dict[str, list[list[float]]] = {design.name: [] for design in designs}
    for _ in range(TURNS):
        for design in designs:
            before = design.seconds()
            seen = in_a_process(design.url, alone, design.student(0))
            spent = [a - b for a, b in zip(design.seconds(), before, strict=True)]
            taken[design.name].append([*seen, *(1e3 * one / RUNS for one in spent)])
    rows = {
        name: [f"{median(figures):.3g}" for figures in zip(*turns, strict=True)]
        for name, turns in taken.items()
    }
    head = "a run, one student alone | requests | takes, ms | MLflow's CPU, ms | PostgreSQL's, ms"
    yield from table(head, rows)


def listed(settings: dict[str, str], at_most: int) -> float:
    """Return the median of the milliseconds that the list of one's experiments takes."""
    os.environ |= settings
    mine, client, taken = connect(EXPERIMENT), MlflowClient(), []
    for _ in range(LISTS):
        began = time.perf_counter()
        found = client.search_experiments(max_results=at_most)
        taken.append(1e3 * (time.perf_counter() - began))
        assert [one.name for one in found] == [mine.name]
    return median(taken)


def lists(designs: Sequence[Design]) -> Iterator[str]:
    """Measure the list of a student's experiments, of which there is one, among others'."""
    rows: dict[str, list[str]] = {design.name: [] for design in designs}
    known = 1
    for crowd in CROWDS:
        for design in designs:
            design.add_others(known, crowd - 1)
            program, browser = (
                in_a_process(design.url, listed, design.student(0), at_most)
                for at_most in (1000, 25)
            )
            rows[design.name].append(f"{program:.0f}, {browser:.0f}")
        known = crowd
    head = " | ".join(f"among {crowd:,}" for crowd in CROWDS)
    yield from table(f"list of one's experiments, ms: 1,000 asked for, 25 asked for | {head}", rows)


def a_class(designs: Sequence[Design], size: int) -> Iterator[str]:
    """Measure a class that logs all at once, then reads all at once."""
    rows: dict[str, Sequence[str]] = {}
    for design in designs:
        before = design.seconds()
        students = [design.student(number) for number in range(size)]
        days = in_a_process(design.url, all_at_once, students)
        spent = [a - b for a, b in zip(design.seconds(), before, strict=True)]
        span = max(day.ended for day in days) - min(day.began for day in days)
        waits = median(chain(*(day.waits for day in days)))
        errors = Counter(chain(*(day.errors for day in days)))
        reading = quantiles([day.reading for day in days], n=20)[-1]
        figures = [size * 30 / span, waits, nineteen_of_twenty(days), reading, errors.total()]
        cpu = [1e3 * one / size / 30 for one in spent]
        rows[design.name] = [f"{one:.3g}" for one in (*figures, *cpu)]
        for error, times in errors.items():
            print(f"{times} × {error}", file=sys.stderr)
    head = f"{size} students at once | runs/s | a tuning: median, s | 19 of 20, s | a reading: "
    head += "19 of 20, s | errors | a run: MLflow's CPU, ms | PostgreSQL's, ms"
    yield from table(head, rows)


def start(stack: ExitStack, workspaces: bool, quick: bool) -> Design:
    """Start the shared server of one design."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    accounts = folder / "basic_auth.ini"
    text = (HERE / "basic_auth.ini").read_text(encoding="utf-8")
    accounts.write_text(text if quick else text.replace(QUICK, ""), encoding="utf-8")
    folder.chmod(0o755)  # the server's user is another
    override = OVERRIDE.format(workspaces=str(workspaces).lower(), accounts=accounts)
    url = free_url()
    server = stack.enter_context(shared_server(folder, url, override))
    return Design(server, url, workspaces, quick)


def main() -> None:
    """Measure all, and print the tables."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # then, too, all servers are ended
    most = int(sys.argv[1]) if len(sys.argv) > 1 else max(CLASSES)
    classes = sorted({min(most, size) for size in CLASSES})
    with ExitStack() as stack:
        designs = [start(stack, workspaces, quick) for workspaces, quick in DESIGNS]
        for design in designs:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(design.add_student, range(classes[-1])))
        parts: list[Callable[[list[Design]], Iterator[str]]]
        parts = [cost_of_a_run, lists, *(partial(a_class, size=size) for size in classes)]
        for line in chain(*(part(designs) for part in parts)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
