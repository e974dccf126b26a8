"""The store behind a check: two experiments that are read after each call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import ViewType

from exercises.engine.run import WORDS, Run
from exercises.engine.world import Logged, log_run

_OLDEST_FIRST = ["attributes.start_time ASC"]


@dataclass(frozen=True)
class Snapshot:
    """What the store holds at one moment."""

    runs: Mapping[str, Run]  # of both experiments, by run ID, oldest first; deleted ones as well
    stages: Mapping[str, str]  # lifecycle stages of the experiments, by what they are in Markdown
    others: Mapping[str, object]  # what else must stay as it is, by what it is in Markdown
    more: Any = None  # what else an exercise has read

    def children(self, parent_id: str) -> list[Run]:
        """Return the direct children of a run, oldest first, without deleted ones.

        Args:
            parent_id: its run ID.
        """
        there = [run for run in self.runs.values() if not run.deleted]
        return [run for run in there if run.parent_id == parent_id]

    def finished(self, parent_id: str) -> list[Run]:
        """Return the direct children of a run that have ended as FINISHED, oldest first.

        Args:
            parent_id: its run ID.
        """
        return [run for run in self.children(parent_id) if run.finished]

    @cached_property
    def facts(self) -> dict[tuple[str, str], object]:
        """What no call may change, by run ID (none if it is no run) and by what it is."""
        facts: dict[tuple[str, str], object] = {
            ("", what): value for what, value in [*self.stages.items(), *self.others.items()]
        }
        for run_id, run in self.runs.items():
            for name in ("lifecycle_stage", "run_name", "status", "start_time", "end_time"):
                facts[run_id, name] = getattr(run, name)
            for kind in WORDS:
                for name, value in getattr(run, kind).items():
                    facts[run_id, f"{kind}.{name}"] = value
        return facts


@dataclass
class Backend:
    """A tracking server in a notebook, a file in grading."""

    uri: str  # as the student's function sees it
    experiments: tuple[str, str]  # ids of the active one and of the one beside it
    name: str = "Check"  # of the check; the names of its registered models begin with it
    # Of the runs that others than the student's function have logged, by label.
    run_ids: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """Give a client for some requests; where only a copy can be read, it is made for these."""
        yield MlflowClient(self.uri)

    def snapshot(self) -> Snapshot:
        """Read all runs, and what is said of the experiments."""
        with self.client() as client:
            ids = list(self.experiments)
            found = client.search_runs(ids, "", ViewType.ALL, 50_000, _OLDEST_FIRST)
            names = ("the experiment", "the experiment beside")
            experiments = dict(zip(names, map(client.get_experiment, ids), strict=True))
        stages = {name: each.lifecycle_stage for name, each in experiments.items()}
        tags = {f"{name}'s set of tags": dict(each.tags) for name, each in experiments.items()}
        return Snapshot({run.run_id: run for run in map(Run.of, found)}, stages, tags)

    def elsewhere(self, since: int) -> list[Run]:
        """Return the runs of further experiments that began since then, oldest first.

        Of the 1,000 newest experiments, and of these the 1,000 newest runs.

        Args:
            since: in milliseconds since 1970.
        """
        with self.client() as client:
            ids = {each.experiment_id for each in client.search_experiments(max_results=1000)}
            wanted = f"attributes.start_time >= {since}"
            further = sorted(ids.difference(self.experiments))
            found = client.search_runs(further, wanted) if further else []
        return [Run.of(run) for run in reversed(found)]

    def add(self, runs: Sequence[Logged]) -> None:
        """Log further runs as somebody else would.

        Args:
            runs: what to log; parents stand before their children.
        """
        made: dict[str, Future[str]] = {}
        # A server answers several requests at a time; a SQLite file is written by one after the
        # other.
        with self.client() as client, ThreadPoolExecutor(8 if "http" in self.uri else 1) as pool:

            def log(run: Logged) -> str:
                parent = made.get(run.parent)  # it stands above, so it is logged or being logged
                parent_id = parent.result() if parent else self.run_ids.get(run.parent, "")
                return log_run(client, self.experiments[run.where == "beside"], run, parent_id)

            for run in runs:
                made[run.label] = pool.submit(log, run)
        self.run_ids |= {label: one.result() for label, one in made.items()}
