"""The store behind a check: two experiments that are read after each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from exercises.engine.world import Logged, World, log
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
    world: World = field(default_factory=World, kw_only=True)  # what others than the function log

    def client(self) -> AbstractContextManager[MlflowClient]:
        """Give a client for some requests; what they raise says what has become of the store."""
        raise NotImplementedError

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
            runs: what to log.
        """
        with self.client() as client:
            self.world = log(client, self.experiments, self.world, runs)

    def registered(self, model_name: str) -> dict[str, dict[str, Any]]:
        """Return the experiment's models, and what is registered under a name.

        Args:
            model_name: the registered model's.

        Returns:
            Models by id, versions by number, and the numbers that have an alias, by alias.
        """
        with self.client() as client:
            models = client.search_logged_models([self.experiments[0]], max_results=50_000)
            versions = client.search_model_versions(f"name = '{model_name}'")
            names = client.search_registered_models(f"name = '{model_name}'")
        return {
            "models": {model.model_id: model for model in models},
            "versions": {version.version: version for version in versions},
            "aliases": {alias: number for one in names for alias, number in one.aliases.items()},
        }
