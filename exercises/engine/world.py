"""The messy world in which every exercise is checked: an experiment as it is after a month.

It is described as plain data, so that an exercise's reference can be computed from what is known of
it, and not by the query that a student would write. A second experiment beside it has the same
names, tags and parameters, and better values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus, Metric, Param

from helpers.tree import PARENT_TAG

MONTH_AGO = 1_700_000_000_000  # in milliseconds since 1970; any moment long past does


@dataclass(frozen=True)
class Logged:
    """A run of the world: what was logged, and, once it is there, its run id."""

    label: str  # by which the exercise speaks of it
    name: str
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""  # label of its parent, or a run id that no run has
    status: str = "FINISHED"
    started: int = 0  # in milliseconds since 1970; 0: in the order of the list, a month ago
    deleted: bool = False
    beside: bool = False  # in the second experiment
    champion_of: str = ""  # how the name of a registered model ends whose champion this run has
    run_id: str = ""


@dataclass(frozen=True)
class World:
    """All runs that somebody else than the student's function has logged, in order."""

    runs: tuple[Logged, ...] = ()
    name: str = "Check"  # of the check; the names of its registered models begin with it

    def __getitem__(self, label: str) -> str:
        """Return the run id of a run."""
        return next(run.run_id for run in self.runs if run.label == label)

    @property
    def visible(self) -> list[Logged]:
        """The runs of the experiment that is active during the calls, without deleted ones."""
        return [run for run in self.runs if not run.deleted and not run.beside]

    def children(self, parent: str) -> list[Logged]:
        """Return the direct children of a run among these, oldest first.

        Args:
            parent: its label.
        """
        found = [run for run in self.visible if run.parent == parent]
        return sorted(found, key=lambda run: run.started)

    def dated(self, runs: Iterable[Logged]) -> list[Logged]:
        """Give each run that has no start time one of its own, a minute after the one before it.

        Args:
            runs: those that will be logged to this world next.
        """
        first = MONTH_AGO + len(self.runs) * 60_000
        return [replace(r, started=r.started or first + n * 60_000) for n, r in enumerate(runs)]

    def joined_by(self, runs: Iterable[Logged], run_ids: Mapping[str, str]) -> World:
        """Return this world with further runs in it.

        Args:
            runs: those that were logged.
            run_ids: theirs, by label.
        """
        new = (replace(run, run_id=run_ids[run.label]) for run in runs)
        return replace(self, runs=(*self.runs, *new))


def month() -> list[Logged]:
    """Return what every exercise's experiment holds: the work of a month that was not tidied up."""

    def child(n: int, parent: str, metric1: float | None, **more: object) -> Logged:
        """A child as the lessons log it."""
        metrics = {"metric2": 1.0 + n} | ({} if metric1 is None else {"metric1": metric1})
        tags = {"test_identifier": "default"}
        run = Logged(f"{parent}/{n}", f"run_{n}_test_0", {"param1": "a", "param2": "d"}, metrics)
        return replace(run, tags=tags, parent=parent, **more)  # type: ignore[arg-type]

    default, name = {"test_identifier": "default"}, "parent_run_test_default_0"
    largest = float("inf")
    return [
        # Two tunings with one name and one tag, the second with a grandchild.
        Logged("tuning", name, tags=default),
        child(0, "tuning", 0.41),
        child(1, "tuning", 0.33),
        Logged("same name", name, tags=default),
        child(0, "same name", 0.0),
        child(1, "same name", -0.25, status="FAILED"),
        child(2, "same name", -0.5, status="RUNNING"),
        child(3, "same name", None),
        child(4, "same name", float("nan")),
        child(5, "same name", -largest, status="KILLED"),
        child(0, "same name/0", -0.75),
        child(6, "same name", -1.0, deleted=True),
        # Children whose parent is gone, and a parent that was never ended.
        child(0, "0" * 32, 0.12345678901234568),
        Logged("never ended", "parent_run_test_default_1", tags=default, status="RUNNING"),
        # Flat runs, with the names that children have.
        Logged("flat", "run_0_test_0", {"param1": "a"}, {"metric1": -2.0}),
        Logged("flat again", "run_0_test_0", {"param1": "A "}, {"metric1": largest}),
        # The experiment beside it.
        Logged("beside", name, tags=default, beside=True),
        child(0, "beside", -3.0, beside=True),
        Logged("flat beside", "run_0_test_0", {"param1": "a"}, {"metric1": -4.0}, beside=True),
    ]


def log(
    client: MlflowClient,
    experiments: Sequence[str],
    runs: Sequence[Logged],
    known: Mapping[str, str] | None = None,
    name: str = World.name,
) -> dict[str, str]:
    """Log runs, parents before children; return their run ids by label.

    Args:
        client: of the tracking server, or of a store.
        experiments: ids of the experiment and of the one beside it.
        runs: what to log.
        known: run ids of runs that are there, by label: they may be parents of the new ones.
        name: what the names of registered models begin with.

    Raises:
        ValueError: two runs are each other's parents.
    """
    ids, labels = dict(known or {}), {run.label for run in runs}
    left = list(runs)
    # A server answers several requests at a time; a SQLite file is written by one after the other.
    with ThreadPoolExecutor(8 if client.tracking_uri.startswith("http") else 1) as pool:
        while left:
            ready = [run for run in left if run.parent not in labels or run.parent in ids]
            if not ready:
                raise ValueError(f"These runs are each other's parents: {left}")
            made = pool.map(partial(_log_one, client, experiments, ids, name), ready)
            ids |= dict(zip([run.label for run in ready], list(made), strict=True))
            left = [run for run in left if run not in ready]
    return {label: ids[label] for label in labels}


def _log_one(
    client: MlflowClient, experiments: Sequence[str], ids: Mapping[str, str], name: str, run: Logged
) -> str:
    parent = {PARENT_TAG: ids.get(run.parent, run.parent)} if run.parent else {}
    made = client.create_run(
        experiments[run.beside], run.started, {**run.tags, **parent}, run_name=run.name
    )
    run_id = str(made.info.run_id)
    if run.metrics or run.params:
        metrics = [Metric(key, float(value), run.started, 0) for key, value in run.metrics.items()]
        client.log_batch(run_id, metrics, [Param(*pair) for pair in run.params.items()])
    if run.champion_of:
        _register(client, experiments[run.beside], run_id, name + run.champion_of)
    if run.status != "RUNNING":
        client.set_terminated(run_id, run.status, run.started + 1000)
    if run.deleted:
        client.delete_run(run_id)
    return run_id


def _register(client: MlflowClient, experiment_id: str, run_id: str, name: str) -> None:
    """Give a run a model without files, and make it the champion of a registered model."""
    model = client.create_logged_model(experiment_id, "model", run_id)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.create_registered_model(name)
    version = client.create_model_version(name, model.model_uri, run_id, model_id=model.model_id)
    client.set_registered_model_alias(name, "champion", version.version)
