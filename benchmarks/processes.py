"""What the benchmarks start: workers, servers and programs, all ended with the `with` block."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
from psutil import Process

from helpers.server import server_status
from tools.containers import ROOT, compose, throw_away
from tools.servers import free_url, temporary_server

Case = Callable[[Any], object]  # a function of a module, called with a size or a name
Measure = Callable[[Case, Any], dict[str, float]]
METHODS = set(b"GET POST PUT PATCH DELETE HEAD".split())
sent: list[str] = []  # one for each HTTP request of this process


@contextmanager
def worker(url: str) -> Iterator[Measure]:
    """Start a process, and yield what lets it call a case and say what that took.

    Args:
        url: the tracking server for MLflow in that process.
    """
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        pool = ProcessPoolExecutor(1, get_context("spawn"), settle, (url, folder))
        process = Process(pool.submit(os.getpid).result())
        try:
            yield lambda case, size: pool.submit(measure, case, size).result()
        finally:
            process.kill()
            pool.shutdown()


def settle(url: str, folder: str) -> None:
    """Make this process a silent one, that is no script of ours and leaves no files behind."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    tempfile.tempdir = folder
    os.environ["MLFLOW_TRACKING_URI"] = url
    sys.argv = ["-c"]  # MLflow would ask git about a script of this repository, for every run
    sys.addaudithook(count)


def count(event: str, arguments: tuple[Any, ...]) -> None:
    """Count the requests that leave through http.client, whatever library sends them."""
    if event == "http.client.send" and bytes(arguments[1][:8]).split(b" ")[0] in METHODS:
        sent.append(event)  # and no body that follows its head


def measure(case: Case, size: Any) -> dict[str, float]:
    """Call a case in this process; return its wall and processor time in seconds, and requests."""
    before = counters()
    case(size)
    return {key: value - before[key] for key, value in counters().items()}


def counters() -> dict[str, float]:
    times = {"seconds": time.perf_counter(), "processor": time.process_time()}
    return {**times, "requests": len(sent)}


@dataclass(frozen=True)
class Server:
    """A tracking server that answers; `start` is the time to its first answer, in seconds."""

    url: str
    start: float
    processes: Callable[[], list[Process]]

    def costs(self) -> dict[str, float]:
        """Return its start, its processes and their memory in MB, with what they share divided."""
        processes, memory = self.processes(), float("nan")
        with suppress(psutil.AccessDenied):  # a container's processes are another user's
            memory = sum(process.memory_full_info().pss for process in processes) / 1e6
        return {"start": self.start, "processes": len(processes), "memory": memory}

    def processor(self) -> float:
        """Return the processor time that its processes have used, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())


Start = Callable[[], AbstractContextManager[Server]]


@contextmanager
def default_server() -> Iterator[Server]:
    """`mlflow server`"""
    # With nothing chosen but its port, which must be free.
    url, began = free_url(), time.perf_counter()
    command = [sys.executable, "-m", "mlflow", "server", "--port", url.rsplit(":", 1)[-1]]
    with started(command, lambda: server_status(url)) as process:
        yield Server(url, time.perf_counter() - began, lambda: family(process))


@contextmanager
def embedded_server() -> Iterator[Server]:
    """the course's, embedded"""
    began = time.perf_counter()
    with temporary_server() as server:
        yield Server(server.url, time.perf_counter() - began, server.processes)


@contextmanager
def container_server() -> Iterator[Server]:
    """the course's, container"""
    # That of docker-compose.yml, on a volume of its own.
    project, url, began = f"bench-{uuid.uuid4().hex[:8]}", free_url(), time.perf_counter()
    try:
        compose(project, "up", "--detach", "--wait", url=url)
        start = time.perf_counter() - began
        _, found = run(["docker", "compose", "--project-name", project, "ps", "--quiet"])
        _, pid = run(["docker", "inspect", "--format", "{{.State.Pid}}", found.strip()])
        yield Server(url, start, lambda: family(Process(int(pid))))
    finally:
        throw_away(project)


def run(command: Sequence[str], **settings: str) -> tuple[float, str]:
    """Run a command in the project's folder; return its seconds and what it printed.

    Args:
        command: the program and its arguments.
        settings: what its environment has beside ours.

    Raises:
        RuntimeError: it failed.
    """
    began, environment = time.perf_counter(), os.environ | settings
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - began, done.stdout


@contextmanager
def started(command: list[str], answers: Callable[[], object], **env: str) -> Iterator[Process]:
    """Start a command in a fresh folder, wait until it answers, and end it with all it started.

    Args:
        command: the program and its arguments.
        answers: tells whether it answers.
        env: what its environment has beside ours.

    Raises:
        RuntimeError: it ended instead, or does not answer within five minutes.
    """
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("w+") as log:
        streams = {"stdout": log, "stderr": log, "env": os.environ | env, "cwd": folder}
        process = psutil.Popen(command, start_new_session=True, **streams)
        deadline = time.monotonic() + 300
        try:
            while not answers():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{' '.join(command)}\n{Path(log.name).read_text()}")
                time.sleep(0.1)
            yield process
        finally:
            end(process)


def family(process: Process) -> list[Process]:
    return [process, *process.children(recursive=True)]


def end(process: Process) -> None:
    """End a process and all that it started, some of which have sessions of their own."""
    with suppress(psutil.NoSuchProcess):
        members = family(process)
        # MLflow leaves the folder of its jobs behind.
        jobs = {member.environ().get("_MLFLOW_HUEY_STORAGE_PATH", "") for member in members}
        process.terminate()
        for member in psutil.wait_procs(members, timeout=20)[1]:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        for folder in jobs - {""}:
            shutil.rmtree(folder, ignore_errors=True)
