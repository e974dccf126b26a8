"""Section 4: a child, the best child and the children of a parent, where there are many runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache

import mlflow
import pandas as pd

from benchmarks.children import EXPERIMENT, helpers_log_run
from benchmarks.processes import Measure, worker
from benchmarks.report import Figures
from helpers import best_child, children, connect
from tools.servers import temporary_server

STORES = (100, 1_000, 10_000)
FAMILIES = (25, 250, 2_500)  # children of the parents that are read; the first is in every store


@cache
def parent(run_id: str) -> mlflow.entities.Run:
    return mlflow.get_run(run_id)


def best(parent_id: str) -> None:
    best_child(parent(parent_id))


def read(parent_id: str) -> None:
    children(parent(parent_id))


def ask(measure: Measure, parent_id: str) -> dict[str, float]:
    """Ask for the best and for all of the children of a parent; return the milliseconds."""
    return {case.__name__: 1000 * measure(case, parent_id)["seconds"] for case in (best, read)}


@contextmanager
def store(runs: int) -> Iterator[tuple[Measure, dict[int, str]]]:
    """Log one tuning on a server, and copy it in the database until there are about `runs` runs.

    Yields:
        What measures there, and the run ids of parents by the number of their children.
    """
    with temporary_server() as server, worker(server.url) as measure:
        measure(connect, EXPERIMENT)
        measure(helpers_log_run, FAMILIES[0])
        with closing(sqlite3.connect(server.folder / "mlflow.db", timeout=60)) as database:
            parents = fill(database, runs)
        for parent_id in parents.values():
            ask(measure, parent_id)  # then it knows the parent itself
        yield measure, parents


def fill(database: sqlite3.Connection, runs: int) -> dict[int, str]:
    """Copy the tuning of 25 children; return a parent's run id by the number of its children.

    A larger family is several copies of the children, under the parent of one copy.
    """
    tags = pd.read_sql("SELECT * FROM tags WHERE key = 'mlflow.parentRunId'", database)
    parent_id, size = tags["value"][0], len(tags)
    sizes = [larger for larger in FAMILIES if larger < runs]
    singles = (runs - sum(sizes)) // (size + 1) - 1
    families = [family for family, larger in enumerate(sizes) for _ in range(larger // size)]
    families += range(len(sizes), len(sizes) + singles)
    copies = pd.DataFrame({"copy": range(len(families)), "family": families}).map("{:08x}".format)
    for name in ("runs", "tags", "params", "metrics", "latest_metrics"):
        rows = pd.read_sql(f"SELECT * FROM {name}", database)
        copied(rows, copies, parent_id).to_sql(name, database, if_exists="append", index=False)
    return {larger: f"{family:08x}{parent_id[8:]}" for family, larger in enumerate(sizes)}


def copied(rows: pd.DataFrame, copies: pd.DataFrame, parent_id: str) -> pd.DataFrame:
    """Return the rows once for each copy; a child's run id begins with the number of the copy.

    A parent's begins with the number of its family.
    """
    rows = rows.merge(copies, how="cross")
    number = rows["copy"].mask(rows["run_uuid"] == parent_id, rows["family"])
    rows["run_uuid"] = number + rows["run_uuid"].str[8:]
    if "key" in rows:
        links = rows["key"] == "mlflow.parentRunId"
        rows.loc[links, "value"] = rows["family"] + parent_id[8:]
    return rows.drop(columns=["copy", "family"]).drop_duplicates()


def growth(quick: bool) -> Figures:
    """Ask servers that hold few and many runs, in turn."""
    turns, size = (1, 8) if quick else (7, 25)
    by_runs, by_size = [], []
    with ExitStack() as stack:
        stores = {runs: stack.enter_context(store(runs)) for runs in STORES}
        largest, families = stores[STORES[-1]]
        requests = largest(best, families[FAMILIES[0]])["requests"]
        for _ in range(turns):
            for runs, (measure, parents) in stores.items():
                child = 1000 / size * measure(helpers_log_run, size)["seconds"]
                by_runs.append({"runs": runs, "child": child, **ask(measure, parents[FAMILIES[0]])})
            by_size += [{"size": s, **ask(largest, parent)} for s, parent in families.items()]
    rows = pd.DataFrame(by_runs).groupby("runs").median()
    sizes = pd.DataFrame(by_size).groupby("size").median()
    few, many, longer = rows.iloc[0], rows.iloc[-1], sizes.read.iloc[-1] / sizes.read.iloc[0]
    figures = {"few": few, "many": many, "longer": longer, "requests": requests}
    return {"n": turns, "rows": rows, "families": sizes, **figures}
