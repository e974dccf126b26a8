"""Sections 1 and 3: the course's work on two servers, and what these servers cost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from contextlib import AbstractContextManager, suppress
from statistics import median

import psutil

from benchmarks.processes import Server, Worker, container_server, course_server, default_server
from benchmarks.report import Goal, Section, ratio
from tools.containers import engine_runs

Values = defaultdict[tuple[str, str], list[float]]
ORIGINAL, COURSE, LESSONS = (
    "the original's code",
    "`execute_tuning`, `log_run`",
    "the lessons' code",
)
DEFAULT, EMBEDDED, CONTAINER = (
    "`mlflow server`",
    "the course's, embedded",
    "the course's, container",
)
CASES = {ORIGINAL: "work.original", COURSE: "work.course", LESSONS: "work.lessons"}
RUNS_PER_SIZE = 54  # 2 × 5 flat, 3 × (1 + 5) nested, 1 + 25 of the challenge


def work_and_servers(rounds: int, size: int) -> tuple[Section, Section]:
    """Start each server in turn, let each case do the course's work on it, and weigh it."""
    seconds: Values = defaultdict(list)
    servers: Values = defaultdict(list)
    homes = {DEFAULT: default_server, EMBEDDED: course_server}
    if engine_runs():
        homes[CONTAINER] = container_server
    for _ in range(rounds):
        for home, start in homes.items():
            cases = {DEFAULT: [ORIGINAL], CONTAINER: [COURSE]}.get(home, list(CASES))
            one_round(home, start(), cases, size, seconds, servers)
    return work_section(seconds, size), server_section(servers)


def one_round(
    home: str,
    starting: AbstractContextManager[Server],
    cases: list[str],
    size: int,
    seconds: Values,
    servers: Values,
) -> None:
    with starting as server:
        servers[home, "start"].append(server.start)
        for case in cases:
            with Worker(CASES[case], server.url, server.folder) as worker:
                worker.prepare()
                worker.work(0)  # what is imported at first use is no work
                before = server.processor()
                measured = worker.work(size)
                for key in ("seconds", "requests", "processor"):
                    seconds[f"{case} · {home}", key].append(measured[key])
                seconds[f"{case} · {home}", "server"].append(server.processor() - before)
        servers[home, "processes"].append(len(server.processes()))
        with suppress(psutil.AccessDenied):  # a container's processes are another user's
            servers[home, "memory"].append(server.memory())


def work_section(seconds: Values, size: int) -> Section:
    runs = RUNS_PER_SIZE * size
    cases = list(dict.fromkeys(case for case, _ in seconds))
    times = {case: median(seconds[case, "seconds"]) for case in cases}
    first, second = f"{ORIGINAL} · {DEFAULT}", f"{ORIGINAL} · {EMBEDDED}"
    course = f"{COURSE} · {EMBEDDED}"
    rows = [
        [
            case,
            f"{times[case]:.1f}",
            spread(seconds[case, "seconds"]),
            f"{1000 * times[case] / runs:.1f}",
            f"{median(seconds[case, 'requests']):.0f}",
            f"{1000 * median(seconds[case, 'processor']) / runs:.1f}",
            f"{1000 * median(seconds[case, 'server']) / runs:.1f}",
            f"{ratio(seconds[first, 'seconds'], seconds[case, 'seconds']):.1f}",
        ]
        for case in cases
    ]
    head = ["code · server", "s", "range", "ms a run", "requests"]
    head += ["client's CPU, ms a run", "server's CPU, ms a run", "times faster than the first"]
    parts = (seconds[course, "processor"], seconds[course, "server"])
    client, server = (1000 * median(part) / runs for part in parts)
    why = (
        f"of the {1000 * times[course] / runs:.1f} ms a run, {client:.1f} are the MLflow client's "
        f"processor time and {server:.1f} the server's"
    )
    faster, less = (
        ratio(seconds[other, "seconds"], seconds[course, "seconds"]) for other in (first, second)
    )
    return Section(
        "1. The course's work",
        f"The same {runs} runs: {5 * size} flat ones twice, {3 * size} parents with 5 children, "
        f"{size} with 25; n = {len(seconds[course, 'seconds'])}. Imports are not in it. Flat runs "
        "go through `log_run` as the children of one parent a go. The lessons' code logs the "
        "first 80 runs of 270 by single calls, as the original does.",
        [(head, rows)],
        [
            Goal("the work, at least 20 times faster than the original", f"{faster:.1f} times",
                 faster >= 20, why),
            Goal("the work, at least 2.5 times faster than the original's code on the same server",
                 f"{less:.1f} times", less >= 2.5, why),
        ],
    )  # fmt: skip


def server_section(servers: Values) -> Section:
    homes = list(dict.fromkeys(home for home, _ in servers))
    keys = ("start", "processes", "memory")
    middle = {key: median(values) for key, values in servers.items() if values}
    rows = [[home, *(figure(middle.get((home, key))) for key in keys)] for home in homes]
    goals = []
    for home in homes[1:]:
        shares = {k: middle[home, k] / middle[DEFAULT, k] for k in keys if (home, k) in middle}
        told = ", ".join(f"{key} {100 * share:.0f} %" for key, share in shares.items())
        told += f" ({figure(middle[home, 'start'])} s)"
        why = imports()
        goals.append(
            Goal(
                f"{home} server: at most a quarter of `mlflow server`'s start, processes, memory",
                told,
                max(shares.values()) <= 0.25,
                why,
            )
        )
    if CONTAINER not in homes:
        rows.append([CONTAINER, "–", "–", "–"])
    notes = [] if CONTAINER in homes else ["No container engine runs here: no container measured."]
    return Section(
        "3. The server",
        "From the command to the first answer that needed the database; processes and memory "
        "(proportional set size) after the work of section 1; "
        f"n = {len(servers[DEFAULT, 'start'])}.",
        [(["server", "start, s", "processes", "memory, MB"], rows)],
        goals,
        notes,
    )


def imports() -> str:
    """Return what a start of MLflow's server cannot do without, measured."""
    seconds = {}
    for module in ("mlflow.cli", "mlflow.server"):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        seconds[module] = time.perf_counter() - began
    return (
        f"one after the other: the command's `import mlflow.cli` ({seconds['mlflow.cli']:.1f} s), "
        f"a new database, the worker's `import mlflow.server` ({seconds['mlflow.server']:.1f} s)"
    )


def figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def spread(values: list[float]) -> str:
    return f"{min(values):.1f} … {max(values):.1f}"
