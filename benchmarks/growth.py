"""What a server that holds many runs costs: a child, the best child, the children of a parent."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.children import use_experiment
from benchmarks.work import Work

if TYPE_CHECKING:
    from mlflow.entities import Run

FAMILIES = (25, 250, 2_500)  # children of the parents that are read; the least is in every store


def log() -> Work:
    """Log a tuning of `size` children."""
    from helpers import execute_tuning

    use_experiment()
    return lambda size: execute_tuning(0, num_child_runs=size)


def best() -> Work:
    """Ask for the best child of the parent that has `size` children."""
    from helpers import best_child

    parent = parent_by_size()
    return lambda size: best_child(parent(size))


def read() -> Work:
    """Read the children of the parent that has `size` children."""
    from helpers import children

    parent = parent_by_size()
    return lambda size: children(parent(size))


def parent_by_size() -> Callable[[int], Run]:
    """Return what finds a parent by the number of its children, once."""
    from mlflow import MlflowClient

    experiment_id = use_experiment()

    @cache
    def find(size: int) -> Run:
        named = f"attributes.run_name = 'family of {size}'"
        return MlflowClient().search_runs([experiment_id], named)[0]

    return find


def fill(database: Path, runs: int) -> None:
    """Copy the one tuning in a store, in the database itself, until there are about `runs` runs."""
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        (parent_id,) = connection.execute(
            "SELECT value FROM tags WHERE key = 'mlflow.parentRunId' LIMIT 1"
        ).fetchone()
        sizes = [size for size in FAMILIES if size < runs]
        for size in sizes:
            copy_tuning(connection, parent_id, size, f"family of {size}")
        for _ in range((runs - sum(sizes)) // 26 - 1):
            copy_tuning(connection, parent_id, 25, "parent_run_test_default_0")


def copy_tuning(connection: sqlite3.Connection, parent_id: str, size: int, name: str) -> None:
    """Copy a parent under a name and give it `size` copies of its children."""
    children = connection.execute(
        "SELECT run_uuid FROM tags WHERE key = 'mlflow.parentRunId' AND value = ?", [parent_id]
    ).fetchall()
    new_id = copy_run(connection, parent_id)
    connection.execute("UPDATE runs SET name = ? WHERE run_uuid = ?", [name, new_id])
    set_tag = "UPDATE tags SET value = ? WHERE run_uuid = ? AND key = ?"
    connection.execute(set_tag, [name, new_id, "mlflow.runName"])
    for (child_id,) in islice(cycle(children), size):
        new_child_id = copy_run(connection, child_id)
        connection.execute(set_tag, [new_id, new_child_id, "mlflow.parentRunId"])


def copy_run(connection: sqlite3.Connection, run_id: str) -> str:
    """Copy the rows of a run in every table that has some, under a new run id."""
    new_id = uuid.uuid4().hex
    tables = connection.execute(
        "SELECT m.name, group_concat(c.name) FROM sqlite_master m, pragma_table_info(m.name) c"
        " WHERE m.name IN ('runs', 'tags', 'params', 'metrics', 'latest_metrics') GROUP BY m.name"
    ).fetchall()
    for table, columns in tables:
        values = ",".join("?1" if name == "run_uuid" else name for name in columns.split(","))
        connection.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE run_uuid = ?2",
            [new_id, run_id],
        )
    return new_id
