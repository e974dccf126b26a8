"""The store behind a check: two experiments that are read after each call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from exercises.engine.world import Logged, log_run, register
from helpers.tree import PARENT_TAG

_OLDEST_FIRST = ["attributes.start_time ASC"]


@dataclass(frozen=True)
class Snapshot:
    """What the store holds at one moment."""

    runs: Mapping[str, Run]  # of both experiments, by run id, oldest first; deleted ones as well
    others: Mapping[str, object]  # what is no run and must stay as it is, by what it is in Markdown
    more: Any = None  # what else an exercise has read

    def __getitem__(self, run_id: str) -> Run:
        """Return a run."""
        return self.runs[run_id]

    def children(self, parent_id: str) -> list[Run]:
        """Return the direct children of a run, oldest first, without deleted ones.

        Args:
            parent_id: its run id.
        """
        there = [run for run in self.runs.values() if run.info.lifecycle_stage == "active"]
        return [run for run in there if run.data.tags.get(PARENT_TAG) == parent_id]


@dataclass
class Backend:
    """A tracking server in a notebook, a file in grading; each says how a client reaches it."""

    uri: str  # as the student's function sees it
    experiments: tuple[str, str]  # ids of the active one and of the one beside it
    name: str = "Check"  # of the check; the names of its registered models begin with it
    # Of the runs that others than the student's function have logged, by label.
    run_ids: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """Give a client for some requests; what they raise says what has become of the store."""
        yield MlflowClient(self.uri)

    def snapshot(self) -> Snapshot:
        """Read all runs, and what is said of the experiments."""
        with self.client() as client:
            ids = list(self.experiments)
            runs = client.search_runs(ids, "", ViewType.ALL, 50_000, _OLDEST_FIRST)
            others: dict[str, object] = {}
            for name, experiment_id in zip(("experiment", "experiment beside"), ids, strict=True):
                experiment = client.get_experiment(experiment_id)
                others[f"the {name}"] = experiment.lifecycle_stage
                others[f"the {name}'s set of tags"] = dict(experiment.tags)
        return Snapshot({run.info.run_id: run for run in runs}, others)

    def add(self, runs: Sequence[Logged]) -> None:
        """Log further runs as somebody else would.

        Args:
            runs: what to log; parents stand before their children.
        """
        made: dict[str, Future[str]] = {}

        def log(run: Logged) -> str:
            parent = made[run.parent].result() if run.parent in made else ""
            experiment = self.experiments[run.where == "beside"]
            run_id = log_run(client, experiment, run, parent or self.run_ids.get(run.parent, ""))
            if run.champion_of:
                register(client, experiment, run_id, self.name + run.champion_of)
            return run_id

        # A server answers several requests at a time; a SQLite file is written by one after the
        # other.
        with self.client() as client, ThreadPoolExecutor(8 if "http" in self.uri else 1) as pool:
            for run in runs:
                made[run.label] = pool.submit(log, run)
            self.run_ids |= {label: run_id.result() for label, run_id in made.items()}
