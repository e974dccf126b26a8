"""The store behind a check: two experiments, which are read before and after each call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, ViewType

from exercises.engine.exercise_files import PreparedRun
from exercises.engine.snapshot import Run, Snapshot, code
from helpers.read_runs import PARENT_TAG

_EXPERIMENTS = ("the experiment", "the experiment beside")
_OLDEST_FIRST = ["attributes.start_time ASC"]
_MONTH_AGO = 1_700_000_000_000  # in milliseconds since 1970; any moment long past does


def champion_of(name: str) -> str:
    """Return the key of a model's alias `champion` in `Snapshot.surroundings`."""
    return f"the champion of {code(name)}"


@dataclass
class CheckStore:
    """Where a check's runs are: a tracking server in a notebook, a SQLite file in `make grade`."""

    uri: str  # the tracking URI, as the student's function sees it
    experiments: tuple[str, str]  # IDs of the active one and of the one beside it
    name: str = "Check"  # the check's name; names of its registered models begin with it
    id_by_label: dict[str, str] = field(default_factory=dict)  # of the runs it was given, by label

    @contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """Provide a client for some requests."""
        yield MlflowClient(self.uri)

    def snapshot(self, *, models: bool = False) -> Snapshot:
        """Read all runs, and what else must stay as it is.

        Args:
            models: read logged models, registered models and their aliases as well.
        """
        with self.client() as client:
            ids = list(self.experiments)
            runs = client.search_runs(ids, "", ViewType.ALL, 50_000, _OLDEST_FIRST)
            surroundings: dict[str, object] = {}
            for name, experiment_id in zip(_EXPERIMENTS, ids, strict=True):
                experiment = client.get_experiment(experiment_id)
                surroundings[name] = experiment.lifecycle_stage
                surroundings[f"{name}'s set of tags"] = dict(experiment.tags)
            snapshot = Snapshot({run.info.run_id: Run.of(run) for run in runs}, surroundings)
            return self._with_models(client, snapshot) if models else snapshot

    def _with_models(self, client: MlflowClient, snapshot: Snapshot) -> Snapshot:
        begins = f"name LIKE '{self.name}%'"
        models = client.search_logged_models([self.experiments[0]], max_results=50_000)
        versions = client.search_model_versions(begins)
        registered = client.search_registered_models(begins)
        surroundings = {
            **snapshot.surroundings,
            **{champion_of(model.name): model.aliases.get("champion") for model in registered},
            **{f"the name of the model {code(m.model_id)}": [m.name] for m in models},
            **{f"version {v.version} of {code(v.name)}": v.source for v in versions},
        }
        return Snapshot(
            snapshot.runs,
            surroundings,
            {model.model_id: model for model in models},
            {f"{version.name} {version.version}": version for version in versions},
        )

    def runs_elsewhere(self, since: int) -> list[Run]:
        """Return the runs of other experiments that began since then, oldest first.

        Reads the 1,000 newest experiments, and of these the 1,000 newest runs.

        Args:
            since: in milliseconds since 1970.
        """
        with self.client() as client:
            ids = {known.experiment_id for known in client.search_experiments(max_results=1000)}
            others = sorted(ids.difference(self.experiments))
            filter_string = f"attributes.start_time >= {since}"
            runs = client.search_runs(others, filter_string) if others else []
        return [Run.of(run) for run in reversed(runs)]

    def add(self, runs: Sequence[PreparedRun]) -> None:
        """Log further runs as somebody else would.

        Args:
            runs: what to log; parents stand before their children.
        """
        ids: dict[str, Future[str]] = {}
        # A server answers several requests at a time; a SQLite file has one writer.
        with self.client() as client, ThreadPoolExecutor(8 if "http" in self.uri else 1) as pool:

            def log(run: PreparedRun) -> str:
                parent = ids.get(run.parent)  # it stands above, so it is logged or being logged
                parent_id = parent.result() if parent else self.id_by_label.get(run.parent, "")
                return log_prepared_run(
                    client, self.experiments[run.where == "beside"], run, parent_id
                )

            for run in runs:
                ids[run.label] = pool.submit(log, run)
        self.id_by_label |= {label: future.result() for label, future in ids.items()}


def log_prepared_run(
    client: MlflowClient, experiment_id: str, run: PreparedRun, parent_id: str
) -> str:
    """Log a run of an exercise's table, and return its ID.

    Args:
        client: of the tracking server, or of a store.
        experiment_id: the ID of its experiment.
        run: what to log.
        parent_id: its parent's run ID; empty if it has none.
    """
    start = _MONTH_AGO + run.minute * 60_000
    tags = run.tags | ({PARENT_TAG: parent_id} if parent_id else {})
    run_id = str(client.create_run(experiment_id, start, tags, run.name).info.run_id)
    if run.metrics or run.params:
        metrics = [Metric(key, value, start, 0) for key, value in run.metrics.items()]
        client.log_batch(run_id, metrics, [Param(*pair) for pair in run.params.items()])
    if run.status != "RUNNING":
        client.set_terminated(run_id, run.status, start + 1000 * run.seconds)
    if run.where == "deleted":
        client.delete_run(run_id)
    return run_id
