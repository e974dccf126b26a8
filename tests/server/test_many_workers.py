"""The logging of lesson 08 on a scheduler and workers that are processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import nbformat
import pytest

from helpers import children
from helpers.tracking import Experiment
from tools.lessons import ROOT

pytest.importorskip("distributed", reason="needs distributed")
from distributed import Client, Future

LESSON = ROOT / "notebooks" / "08_many_workers.ipynb"
TRIALS = 24


def defined_in(*cells: str) -> dict[str, Any]:
    """Return what cells of the lesson define, as if it were typed into a program."""
    names: dict[str, Any] = {"__name__": "__main__"}  # workers get such functions by their code
    exec("import mlflow, random, time\nfrom mlflow import MlflowClient", names)
    exec("from helpers import children", names)
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.id in cells:
            exec(cell.source, names)
    return names


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not come so far in time."
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Client, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers with Dask's own commands; end them afterwards."""
    meeting = str(tmp_path / "scheduler.json")
    dask = [sys.executable, "-m", "dask"]
    here = ["--scheduler-file", meeting, "--no-dashboard"]
    scheduler = [*dask, "scheduler", *here, "--host", "127.0.0.1", "--port", "0"]
    worker = [*dask, "worker", *here, "--nthreads", "1", "--no-nanny"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    with (tmp_path / "log").open("wb") as log:
        quiet: dict[str, Any] = {"env": environment, "cwd": tmp_path, "stdout": log, "stderr": log}
        started = [subprocess.Popen(command, **quiet) for command in (scheduler, worker, worker)]
        try:
            until(lambda: Path(meeting).exists())
            with Client(scheduler_file=meeting, timeout=120) as client:
                client.wait_for_workers(2, timeout=120)
                yield client, started[1:]
        finally:
            for process in started:
                process.kill()
                process.wait()


@pytest.mark.filterwarnings("ignore")  # of a worker that has gone
def test_a_worker_killed_in_the_middle_costs_no_child_and_doubles_none(
    cluster: tuple[Client, list[subprocess.Popen[bytes]]], experiment: Experiment
) -> None:
    client, processes = cluster
    lesson = defined_in("score", "log-once", "sweep")
    with mlflow.start_run(run_name="parent") as parent:
        where = {
            "uri": mlflow.get_tracking_uri(),
            "experiment_id": experiment.experiment_id,
            "parent_id": parent.info.run_id,
        }

    def statuses() -> dict[str, int]:
        return dict(children(parent.info.run_id)["status"].value_counts())

    tasks: list[Future] = client.map(
        lesson["log_once"], range(TRIALS), **where, seconds=0.3, pure=False
    )
    until(lambda: statuses().get("FINISHED", 0) >= TRIALS // 3 and "RUNNING" in statuses())
    processes[0].kill()
    results = client.gather(tasks)

    lesson["sweep"](parent.info.run_id)
    found = statuses()
    assert found.pop("FINISHED") == TRIALS == len(set(results))
    assert set(found) <= {"FAILED"}
    family = children(parent.info.run_id)
    finished = family[family["status"] == "FINISHED"]
    assert set(finished["run_id"]) == set(results)
    assert finished["tags.trial_key"].nunique() == TRIALS
