"""The messy world in which every exercise is checked: an experiment as it is after a month.

The runs of `month.csv` are there in every check, and those of an exercise's own table beside them.
Such a table has the columns of `mlflow.search_runs`.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from mlflow import MlflowClient
from mlflow.entities import Metric, Param
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
    labels = [one.label for one in above]
    if run.label in labels:
        raise ValueError(f"{run.label!r} is the label of a run above, perhaps in {MONTH.name}")
    if run.parent and run.parent not in labels:
        raise ValueError(f"no run {run.parent!r} stands above")
    return run


def log_run(client: MlflowClient, experiment_id: str, run: Logged, parent_id: str) -> str:
    """Log a run, and return its id.

    Args:
        client: of the tracking server, or of a store.
        experiment_id: where it goes.
        run: what is logged.
        parent_id: its parent's run ID; empty if it has none.
    """
    started = MONTH_AGO + run.minute * 60_000
    tags = run.tags | ({PARENT_TAG: parent_id} if parent_id else {})
    run_id = str(client.create_run(experiment_id, started, tags, run.name).info.run_id)
    if run.metrics or run.params:
        metrics = [Metric(key, value, started, 0) for key, value in run.metrics.items()]
        client.log_batch(run_id, metrics, [Param(*pair) for pair in run.params.items()])
    if run.status != "RUNNING":
        client.set_terminated(run_id, run.status, started + 1000)
    if run.where == "deleted":
        client.delete_run(run_id)
    return run_id
