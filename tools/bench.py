"""Compare the course's speed with doing the same without it; write docs/measured.md (`make bench`).

Measures what README promises, alternating with what it is compared with, on fresh servers: the work
of the original tutorial, the start of the tracking server, grading, and a class that logs all at
once. Takes up to ten minutes and 4 GB of memory. With names of parts, as in `make bench
PARTS=work`, it measures only these and writes nothing.
"""

from __future__ import annotations

import io
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import mlflow
import psutil

from helpers import connect, execute_tuning
from helpers.configured_server import is_answering
from tools.class_load import EXPERIMENT, STUDENTS, all_at_once, with_accounts
from tools.containers import container_server, engine_runs, missing_images, stand_ins
from tools.lesson_list import ROOT
from tools.temporary_server import free_url, temporary_server

RESULTS = ROOT / "docs" / "measured.md"
LESSON = "05_best_child_challenge.ipynb"
TURNS, COPIES = 3, 4
XYZ = (["x", "y", "z"], ["u", "v", "w"])
# The original tutorial's sweeps: test identifier, search space, number of children.
TUNINGS = [
    ("default", XYZ, 5),
    ("params_test_2", XYZ, 5),
    ("params_test_3", (["b", "c"], ["d", "f"]), 5),
    ("subset_test", (["a", "b"], ["d", "f"]), 25),
]


class Line(NamedTuple):
    """A row of the table: what was measured, the course's times and the times without it."""

    what: str
    course: list[float]
    beside: list[float]

    def markdown(self) -> str:
        """Return the row: both medians, and the second divided by the first."""
        course, beside = median(self.course), median(self.beside)
        return f"| {self.what} | {course:.3g} s | {beside:.3g} s | {beside / course:.2g} |"


def original() -> None:
    """Log the sweeps as the original tutorial does, with one call for each value."""
    mlflow.set_experiment(EXPERIMENT)
    for ident, (param1, param2), number in TUNINGS:
        with mlflow.start_run(run_name=f"parent_run_test_{ident}_0"):
            mlflow.set_tag("test_identifier", ident)
            for i in range(number):
                with mlflow.start_run(run_name=f"run_{i}_test_0", nested=True):
                    mlflow.log_param("param1", random.choice(param1))
                    mlflow.log_param("param2", random.choice(param2))
                    mlflow.log_metric("metric1", random.random())
                    mlflow.log_metric("metric2", abs(random.gauss(5, 2.5)))
                    mlflow.set_tag("test_identifier", ident)


def course() -> None:
    """Log the same sweeps with `helpers`."""
    connect(EXPERIMENT)
    for ident, space, number in TUNINGS:
        execute_tuning(0, *space, ident, number)


@contextmanager
def plain_server() -> Iterator[str]:
    """Start `mlflow server` with default settings; yield its URL when it answers."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        url = free_url()
        command = [sys.executable, "-m", "mlflow", "server", "--port", url.rpartition(":")[2]]
        process = subprocess.Popen(
            command, cwd=folder, start_new_session=True, stderr=subprocess.DEVNULL
        )
        try:
            while not is_answering(url):
                if process.poll() is not None:
                    raise RuntimeError("`mlflow server` ended while it started.")
                time.sleep(0.1)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def in_a_process(url: str, case: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a fresh process that logs to a server; return what it returns."""
    with ProcessPoolExecutor(1, get_context("spawn"), settle, (url,)) as pool:
        return pool.submit(case, *arguments).result()


def settle(url: str) -> None:
    """Make this process log to a server, hide the name of its script, and print nothing."""
    sys.stdout = io.StringIO()
    os.environ["MLFLOW_TRACKING_URI"] = url
    sys.argv = ["-c"]


def timed(case: Callable[[], None]) -> float:
    """Return the seconds that a case takes once its imports are done."""
    mlflow.search_experiments(max_results=1)
    began = time.perf_counter()
    case()
    return time.perf_counter() - began


def work() -> Iterator[Line]:
    """Measure the work and the start, alternating between both servers."""
    seconds = defaultdict[str, list[float]](list)
    for _ in range(TURNS):
        began = time.perf_counter()
        with plain_server() as url:
            seconds["plain start"].append(time.perf_counter() - began)
            seconds["original, plain"].append(in_a_process(url, timed, original))
        began = time.perf_counter()
        with temporary_server() as server:
            seconds["start"].append(time.perf_counter() - began)
            seconds["course"].append(in_a_process(server.url, timed, course))
            seconds["original"].append(in_a_process(server.url, timed, original))
    runs = "44 runs by `helpers` on the course's server; by the original's code"
    for what, measured, compared in (
        (f"{runs} on the same server", "course", "original"),
        (
            f"{runs} on `mlflow server`: different code and a different server",
            "course",
            "original, plain",
        ),
        ("starting the course's server; `mlflow server`", "start", "plain start"),
    ):
        yield Line(what, seconds[measured], seconds[compared])


def grading() -> Iterator[Line]:
    """Measure `make grade`, with its sandbox, and `jupyter execute`, two notebooks at a time."""
    with tempfile.TemporaryDirectory() as folder, temporary_server() as server:
        os.environ["MLFLOW_TRACKING_URI"] = server.url
        files = [Path(folder, "class", f"student{n}", LESSON) for n in range(COPIES)]
        for file in files:
            file.parent.mkdir(parents=True)
            shutil.copy(ROOT / "notebooks" / "solutions" / LESSON, file)
        table = Path(folder, "grades.csv")
        began = time.perf_counter()
        run(ROOT, "classroom.grading", f"{folder}/class", "--jobs", "2", "--output", str(table))
        graded = time.perf_counter() - began
        if table.read_text(encoding="utf-8").count('"passed"') != COPIES:
            raise RuntimeError("A solved notebook did not pass.")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda file: run(file.parent, "jupyter", "execute", file.name), files))
        executed = time.perf_counter() - began - graded
    yield Line(
        "one notebook with `make grade`, two at a time; with `jupyter execute`, without a verdict",
        [graded / COPIES],
        [executed / COPIES],
    )


def run(folder: Path, *module: str) -> None:
    """Run a module with its arguments in a folder, with its own prefix for experiments."""
    settings = {**os.environ, "EXPERIMENT_PREFIX": f"{folder.name}-"}
    command = [sys.executable, "-m", *module]
    subprocess.run(command, cwd=folder, env=settings, capture_output=True, check=True)


def a_class() -> Iterator[Line]:
    """Measure a class that logs all at once, on the default server and on the shared server."""
    if not engine_runs() or missing_images():
        print("No class was measured: no container engine answers, or an image is missing.")
        return
    classes = []
    for server in (container_server, with_accounts):
        with server() as url:
            classes.append(in_a_process(url, all_at_once))
    own, shared = classes
    what = (
        f"{len(STUDENTS)} students log 5 sweeps each, all at once: 19 of 20 sweeps are logged "
        f"within this time; on the shared server with accounts (errors {own.errors}, "
        f"{shared.errors}; sweeps lost {own.lost}, {shared.lost})"
    )
    yield Line(what, *(quantiles(seen.waits, n=20)[-1:] for seen in classes))


PARTS = {"work": work, "grading": grading, "class": a_class}


def page(lines: Sequence[Line], minutes: float) -> str:
    """Return the page docs/measured.md: the table, and the machine that it was measured on."""
    now = datetime.now(UTC)
    text = f"""# How fast the course is, with and without its own tools

`make bench` wrote this page on {now:%B} {now.day}, {now:%Y at %H:%M} UTC, in {minutes:.0f} minutes.
The machine had {psutil.cpu_count()} cores, and a load of {os.getloadavg()[2]:.1f} over the last 15
minutes, including this benchmark. It ran Python {platform.python_version()} and MLflow
{mlflow.__version__}. Times for the work and the start are medians of {TURNS} repetitions; the rest
was measured once. The ratio is the second time divided by the first.

| the course; what it is compared with | the course | the other | ratio |
| --- | ---: | ---: | ---: |
"""
    text += "".join(f"{line.markdown()}\n" for line in lines)
    if engine_runs() and (images := stand_ins()):
        text += f"\nThe containers ran on stand-ins for these images: {', '.join(images)}.\n"
    return text


def main() -> None:
    """Measure the parts that the command line names; without any, all, and write the page."""
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        del os.environ[name]  # as for a student who has set nothing
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stops all servers in this case, too
    began, lines = time.monotonic(), []
    for name in sys.argv[1:] or PARTS:
        for line in PARTS[name]():
            print(line.markdown(), flush=True)
            lines.append(line)
    if not sys.argv[1:]:
        RESULTS.write_text(page(lines, (time.monotonic() - began) / 60), encoding="utf-8")


if __name__ == "__main__":
    main()
