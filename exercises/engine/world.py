"""The messy world in which every exercise is checked: an experiment as it is after a month.

The runs of `month.csv` are there in every check, and those of an exercise's own table beside them.
Such a table has the columns of `mlflow.search_runs`. A reference is computed from these rows, and
not by the query that a student would write.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus, Metric, Param
from pydantic import BaseModel, ConfigDict

from helpers.tree import PARENT_TAG

MONTH = Path(__file__).with_name("month.csv")
MONTH_AGO = 1_700_000_000_000  # in milliseconds since 1970; any moment long past does


class Logged(BaseModel):
    """A run that somebody else than the student's function logs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str  # by which the exercise speaks of it
    name: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    parent: str = ""  # label of its parent
    status: str = "FINISHED"
    minute: int  # in which it started, counted from `MONTH_AGO`
    where: Literal["", "beside", "deleted"] = ""  # "beside": in the second experiment
    before_call: int = 0  # before which call it is logged; 0: before all of them
    champion_of: str = ""  # how the name of a registered model ends whose champion this run has
    run_id: str = ""  # once it is there


@dataclass(frozen=True)
class World:
    """All runs that somebody else than the student's function has logged, in order."""

    runs: tuple[Logged, ...] = ()
    name: str = "Check"  # of the check; the names of its registered models begin with it

    def __getitem__(self, label: str) -> str:
        """Return the run id of a run."""
        return {run.label: run.run_id for run in self.runs}[label]

    @property
    def visible(self) -> list[Logged]:
        """The runs of the experiment that is active during the calls, without deleted ones."""
        return [run for run in self.runs if not run.where]

    def children(self, parent_id: str) -> list[Logged]:
        """Return the direct children of a run, oldest first.

        Args:
            parent_id: its run id.
        """
        labels = [run.label for run in self.runs if run.run_id == parent_id]
        found = [run for run in self.visible if run.parent in labels]
        return sorted(found, key=lambda run: run.minute)

    def joined_by(self, runs: Sequence[Logged], run_ids: Mapping[str, str]) -> World:
        """Return this world with further runs in it.

        Args:
            runs: those that were logged.
            run_ids: theirs, by label.
        """
        new = (run.model_copy(update={"run_id": run_ids[run.label]}) for run in runs)
        return replace(self, runs=(*self.runs, *new))


def runs_in(*tables: Path) -> list[Logged]:
    """Return the runs of some tables, a minute after one another unless a table says when.

    Args:
        *tables: CSV files; parents stand before their children.

    Raises:
        ValueError: a table has a mistake; the message names the file and the line.
    """
    runs: list[Logged] = []
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                try:
                    runs.append(_run(row, runs))
                except (KeyError, ValueError) as error:  # pydantic's as well
                    raise ValueError(f"{table}, line {line}: {error}") from None
    return runs


def _run(row: Mapping[str, str], above: Sequence[Logged]) -> Logged:
    own: dict[str, Any] = {"minute": len(above), "params": {}, "metrics": {}, "tags": {}}
    for column, text in row.items():
        kind, _, name = column.partition(".")
        if text:
            (own[kind] if name else own)[name or kind] = text
    run = Logged(**own)
    if run.parent and run.parent not in [one.label for one in above]:
        raise ValueError(f"no run {run.parent!r} stands above")
    return run


def log(
    client: MlflowClient, experiments: Sequence[str], world: World, runs: Sequence[Logged]
) -> World:
    """Log runs; return the world with them in it.

    Args:
        client: of the tracking server, or of a store.
        experiments: ids of the experiment and of the one beside it.
        world: what is there.
        runs: what to log; parents stand before their children.
    """
    made: dict[str, Future[str]] = {}

    def log_one(run: Logged) -> str:
        tags = dict(run.tags)
        if run.parent:
            waited_for = made.get(run.parent)
            tags[PARENT_TAG] = waited_for.result() if waited_for else world[run.parent]
        experiment = experiments[run.where == "beside"]
        run_id = _log(client, experiment, run, tags)
        if run.champion_of:
            _register(client, experiment, run_id, world.name + run.champion_of)
        if run.where == "deleted":
            client.delete_run(run_id)
        return run_id

    # A server answers several requests at a time; a SQLite file is written by one after the other.
    with ThreadPoolExecutor(8 if client.tracking_uri.startswith("http") else 1) as pool:
        for run in runs:
            made[run.label] = pool.submit(log_one, run)
    return world.joined_by(runs, {label: future.result() for label, future in made.items()})


def _log(client: MlflowClient, experiment_id: str, run: Logged, tags: dict[str, str]) -> str:
    started = MONTH_AGO + run.minute * 60_000
    run_id = str(client.create_run(experiment_id, started, tags, run.name).info.run_id)
    if run.metrics or run.params:
        metrics = [Metric(key, value, started, 0) for key, value in run.metrics.items()]
        client.log_batch(run_id, metrics, [Param(*pair) for pair in run.params.items()])
    if run.status != "RUNNING":
        client.set_terminated(run_id, run.status, started + 1000)
    return run_id


def _register(client: MlflowClient, experiment_id: str, run_id: str, name: str) -> None:
    """Give a run a model without files, and make it the champion of a registered model."""
    model = client.create_logged_model(experiment_id, "model", run_id)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.create_registered_model(name)
    version = client.create_model_version(name, model.model_uri, run_id, model_id=model.model_id)
    client.set_registered_model_alias(name, "champion", version.version)
