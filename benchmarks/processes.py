"""What the benchmarks start: workers and tracking servers, all ended with the `with` block."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from conftest import compose, free_url
from helpers import server

ROOT = Path(__file__).resolve().parents[1]
# A worker is not a script of this repository: MLflow would ask git about it for every run.
WORKER = "import sys; from benchmarks.worker import main; main(sys.argv[1])"


@dataclass
class Server:
    """A tracking server of our own; `start` is the time to its first answer, in seconds."""

    url: str
    folder: Path
    start: float
    pid: int

    def processes(self) -> list[psutil.Process]:
        first = psutil.Process(self.pid)
        return [first, *first.children(recursive=True)]

    def memory(self) -> float:
        """Return what its processes hold, in MB; what they share is divided among the sharers."""
        return sum(process.memory_full_info().pss for process in self.processes()) / 1e6

    def processor(self) -> float:
        """Return the processor time that its processes have used, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())


class Worker:
    """A case in a process of its own; `missing` names the package that it lacks, if any."""

    def __init__(self, case: str, url: str, folder: Path) -> None:
        self.case, self.log = case, tempfile.TemporaryFile("w+", dir=folder)  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, case],
            cwd=ROOT,
            env={**clean_environment(), "MLFLOW_TRACKING_URI": url, "BENCH_FOLDER": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,  # Ctrl-C is for us, and we end it
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self.log.close()

    def prepare(self) -> str | None:
        """Wait until it has imported and connected; return the name of a package that it lacks."""
        missing: str | None = self._answer().get("missing")
        return missing

    def work(self, size: int) -> dict[str, float]:
        print(size, file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout
        if line := self.process.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.log.seek(0)
        raise RuntimeError(f"{self.case} ended:\n{self.log.read()}")


def clean_environment() -> dict[str, str]:
    """The environment without what would make the cases differ from a student's first time."""
    kept = {k: value for k, value in os.environ.items() if not k.startswith("MLFLOW_")}
    return {**kept, "MLFLOW_DISABLE_TELEMETRY": "true"}  # nobody should hear of these runs


@contextlib.contextmanager
def fresh_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def default_server() -> Iterator[Server]:
    """`mlflow server` with nothing chosen but its port, which must be free."""
    with fresh_folder() as folder, (folder / "server.log").open("w") as log:
        url, began = free_url(), time.perf_counter()
        command = [sys.executable, "-m", "mlflow", "server", "--port", url.rsplit(":", 1)[-1]]
        popen = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_for_answer(url, popen, folder)
            yield Server(url, folder, time.perf_counter() - began, popen.pid)
        finally:
            end_family(popen.pid)
            popen.wait()


@contextlib.contextmanager
def course_server() -> Iterator[Server]:
    """The embedded server, on a store of its own."""
    with fresh_folder() as folder, contextlib.redirect_stdout(io.StringIO()):
        url, began = free_url(), time.perf_counter()
        try:
            embedded = server.EmbeddedServer(folder, url)
            embedded.start()
            yield Server(url, folder, time.perf_counter() - began, embedded.processes()[0].pid)
        finally:
            server.EmbeddedServer(folder).stop()


@contextlib.contextmanager
def container_server() -> Iterator[Server]:
    """The container of docker-compose.yml, on a volume of its own."""
    project, url, began = f"bench-{uuid.uuid4().hex[:8]}", free_url(), time.perf_counter()
    try:
        compose(project, "up", "--detach", "--wait", url=url)
        server.probe(url)
        yield Server(url, Path(), time.perf_counter() - began, container_pid(project))
    finally:
        compose(project, "down", "--volumes")


def container_pid(project: str) -> int:
    """Return the number of the container's first process on this machine."""

    def says(*words: str) -> str:
        return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout

    label = f"label=com.docker.compose.project={project}"
    return int(says("inspect", "-f", "{{.State.Pid}}", *says("ps", "-qf", label).split()))


def wait_for_answer(url: str, popen: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 300
    while server.server_status(url) is None:
        if popen.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((folder / "server.log").read_text())
        time.sleep(0.1)


def end_family(pid: int) -> None:
    """End a process and all that it started, some of which have sessions of their own."""
    with contextlib.suppress(psutil.NoSuchProcess):
        first = psutil.Process(pid)
        family = [*first.children(recursive=True), first]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                jobs = member.environ().get("_MLFLOW_HUEY_STORAGE_PATH")  # MLflow leaves it there
                member.kill()
                shutil.rmtree(jobs or "", ignore_errors=True)
        psutil.wait_procs(family, timeout=10)
