"""Sections 1 and 3: the course's work, 270 runs at size 5, on three servers; what these cost then.

The work is logged in the original tutorial's way, in the course's and in the lessons'.
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from benchmarks import processes
from benchmarks.processes import Start, run, worker
from benchmarks.report import Figures
from helpers import best_child, connect, execute_tuning, log_run
from tools.containers import engine_runs

Space = tuple[Sequence[str], Sequence[str]]
Tune = Callable[..., None]

FLAT, NESTED = "No Child Runs", "Nested Child Association"
CHALLENGE, CHALLENGE_CHILDREN = "Parent Child Association Challenge", 25
BROAD: Space = (["a", "b", "c"], ["d", "e", "f"])
XYZ: Space = (["x", "y", "z"], ["u", "v", "w"])
SUBSET: Space = (["a", "b"], ["d", "f"])
# The three tunings of the nested experiment: test identifier and search space.
TUNINGS = {"default": XYZ, "params_test_2": XYZ, "params_test_3": (["b", "c"], ["d", "f"])}
RUNS_PER_SIZE = 54  # 2 × 5 flat, 3 × (1 + 5) nested, 1 + 25 of the challenge


def names(test_no: int, number: int = 5) -> list[str]:
    return [f"run_{i}_test_{test_no}" for i in range(number)]


def single_calls(name: str, space: Space, ident: str = "", nested: bool = True) -> tuple[Any, ...]:
    """Log one run as the original does: each parameter, metric and tag in a call of its own."""
    with mlflow.start_run(run_name=name, nested=nested):
        metric1, param1, param2 = random.random(), random.choice(space[0]), random.choice(space[1])
        mlflow.log_param("param1", param1)
        mlflow.log_param("param2", param2)
        mlflow.log_metric("metric1", metric1)
        mlflow.log_metric("metric2", abs(random.gauss(5, 2.5)))
        if ident:
            mlflow.set_tag("test_identifier", ident)
    return metric1, param1, param2


def tune_by_single_calls(
    test_no: int, space: Space, ident: str = "default", number: int = 5, best: bool = False
) -> None:
    """Log a parent with its children as the original does, and the best child if asked to."""
    with mlflow.start_run(run_name=f"parent_run_test_{ident}_{test_no}"):
        mlflow.set_tag("test_identifier", ident)
        lowest = min(single_calls(name, space, ident) for name in names(test_no, number))
        if best:
            mlflow.log_metric("best_metric1", lowest[0])
            mlflow.log_param("best_param1", lowest[1])
            mlflow.log_param("best_param2", lowest[2])


def tune_with_helpers(
    test_no: int, space: Space, ident: str, number: int = 5, best: bool = False
) -> None:
    """Log the same with the course's helpers."""
    parent_id = execute_tuning(test_no, *space, ident, number)
    if best:
        child = best_child(parent_id)
        metric1, now = child.data.metrics["metric1"], child.info.end_time
        params = [Param(f"best_{name}", value) for name, value in child.data.params.items()]
        MlflowClient().log_batch(parent_id, [Metric("best_metric1", metric1, now, 0)], params)


def flat_runs(size: int) -> None:
    for test_no in [*range(size), *range(size)]:
        for name in names(test_no):
            single_calls(name, BROAD, nested=False)


def flat_runs_with_helpers(size: int) -> None:
    for _ in range(2):
        with mlflow.start_run():  # log_run logs child runs only
            for test_no in range(size):
                for name in names(test_no):
                    log_run(name, test_no, *BROAD, "default")


def tunings(size: int, use: Callable[[str], object], first: Tune, others: Tune) -> None:
    """Log the nested experiment and the challenge: the first five tunings may differ in how."""
    use(NESTED)
    for ident, space in TUNINGS.items():
        for test_no in range(size):
            (first if ident == "default" else others)(test_no, space, ident)
    use(CHALLENGE)
    for test_no in range(size):
        others(test_no, SUBSET, "subset_test", CHALLENGE_CHILDREN, best=True)


def original(size: int) -> None:
    """the original's code"""
    # The same calls to MLflow as the original tutorial's, in the same order.
    mlflow.set_experiment(FLAT)
    flat_runs(size)
    tunings(size, mlflow.set_experiment, tune_by_single_calls, tune_by_single_calls)


def course(size: int) -> None:
    """`execute_tuning`, `log_run`"""
    connect(FLAT)
    flat_runs_with_helpers(size)
    tunings(size, connect, tune_with_helpers, tune_with_helpers)


def lessons(size: int) -> None:
    """the lessons' code"""
    # The first 80 runs by single calls, written out in full.
    connect(FLAT)
    flat_runs(size)
    tunings(size, connect, tune_by_single_calls, tune_with_helpers)


# The cases of each server; the docstrings of both are their names in the results.
CASES = {
    processes.default_server: [original],
    processes.embedded_server: [original, course, lessons],
    processes.container_server: [course],
}


@cache
def taken(quick: bool) -> pd.DataFrame:
    """Start each server in turn, let each of its cases do the course's work, and weigh it."""
    turns, size = (1, 1) if quick else (3, 5)
    rows = []
    for turn, start in product(range(turns), CASES):
        if start != processes.container_server or engine_runs():
            rows += [{"turn": turn, **row} for row in one_turn(start, size)]
    return pd.DataFrame(rows)


def one_turn(start: Start, size: int) -> Iterator[Figures]:
    """Yield what each case took on a fresh server, and then what the server costs."""
    with start() as server:
        for case in CASES[start]:
            with worker(server.url) as measure:
                measure(case, 0)  # what is imported at first use is no work
                before = server.processor()
                took = measure(case, size)
                took["server"] = server.processor() - before
            yield {"what": f"{case.__doc__} · {start.__doc__}", **took}
        yield {"what": start.__doc__, **server.costs()}


def work(quick: bool) -> Figures:
    """Measure section 1."""
    found, size = taken(quick).dropna(subset="seconds"), 1 if quick else 5
    middle = found.groupby("what", sort=False).median()
    seconds = found.pivot(index="turn", columns="what", values="seconds")[middle.index]
    ms, (first, on_same, course, *_) = 1000 / RUNS_PER_SIZE / size * middle, middle.index
    rows = middle.join(ms, rsuffix="_ms")
    rows["low"], rows["high"] = seconds.min(), seconds.max()
    rows["faster"] = seconds.rdiv(seconds[first], axis="index").median()
    sizes = {"n": len(seconds), "size": size, "runs": RUNS_PER_SIZE * size}
    faster = (seconds[on_same] / seconds[course]).median()
    return {**sizes, "rows": rows, "course": rows.loc[course], "faster_on_same_server": faster}


def servers(quick: bool) -> Figures:
    """Measure section 3."""
    costs = taken(quick).dropna(subset="start").groupby("what")[["start", "processes", "memory"]]
    rows = costs.median().reindex([start.__doc__ for start in CASES])
    default, embedded, container = (row for _, row in rows.iterrows())
    figures = {"embedded": embedded / default, "container": container / default}
    for module in ("cli", "server"):  # what a start of MLflow's server cannot do without
        figures[module], _ = run([sys.executable, "-c", f"import mlflow.{module}"])
    return {"n": costs.size().max(), "rows": rows, **figures}
