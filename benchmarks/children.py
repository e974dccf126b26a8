"""Section 2: one parent run with children, logged in the course's way, in others' and with no HTTP.

Each child has two parameters, two metrics and, where the way allows it, the tag. Each way logs to
the active experiment; what it imports and sets up at first use is known the next time.
"""

import sqlite3
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from itertools import product
from typing import Any

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus, RunTag
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV

from benchmarks.processes import Case, Measure, worker
from benchmarks.report import Figures
from benchmarks.work import BROAD, tune_by_single_calls
from helpers import connect, execute_tuning
from tools.servers import temporary_server

EXPERIMENT = "Child Runs"
TAGS = {"test_identifier": "default"}
PARAMS = {"param1": "a", "param2": "d"}
METRICS = {"metric1": 0.5, "metric2": 5.0}


def entities(now: int) -> tuple[list[Metric], list[Param]]:
    """Return the metrics and parameters of a child as MLflow's client and store take them."""
    metrics = [Metric(key, value, now, 0) for key, value in METRICS.items()]
    return metrics, [Param(key, value) for key, value in PARAMS.items()]


def helpers_log_run(size: int) -> None:
    """the course's `log_run`"""
    execute_tuning(0, num_child_runs=size)


def two_threads(size: int) -> None:
    """the same requests, from two threads"""
    # The next child is created while one is written.
    client = MlflowClient()

    def finish(run_id: str) -> None:
        client.log_batch(run_id, *entities(int(time.time() * 1000)))
        client.set_terminated(run_id)

    with mlflow.start_run(tags=TAGS) as parent, ThreadPoolExecutor(1) as pool:
        tags = {**parent.data.tags, "mlflow.parentRunId": parent.info.run_id}
        del tags["mlflow.runName"]
        for number in range(size):
            run = client.create_run(parent.info.experiment_id, tags=tags, run_name=f"run_{number}")
            pool.submit(finish, run.info.run_id)


def five_calls(size: int) -> None:
    """the original's five calls"""
    tune_by_single_calls(0, BROAD, number=size)


def two_batches(size: int) -> None:
    """`log_params` and `log_metrics`"""
    with mlflow.start_run(tags=TAGS):
        for number in range(size):
            with mlflow.start_run(run_name=f"run_{number}", nested=True, tags=TAGS):
                mlflow.log_params(PARAMS)
                mlflow.log_metrics(METRICS)


def study(size: int, objective: Any, callbacks: Sequence[Any] = (), storage: Any = None) -> None:
    """Let Optuna try `size` random children."""
    import optuna

    sampler = optuna.samplers.RandomSampler(seed=0)
    created = optuna.create_study(sampler=sampler, storage=storage)
    created.optimize(objective, n_trials=size, callbacks=callbacks)


def suggested(trial: Any) -> float:
    trial.suggest_categorical("param1", BROAD[0])
    trial.suggest_categorical("param2", BROAD[1])
    return METRICS["metric1"]


def logged(trial: Any) -> float:
    with mlflow.start_run(run_name=f"run_{trial.number}", nested=True, tags=TAGS):
        metric1 = suggested(trial)
        mlflow.log_params(trial.params)
        mlflow.log_metrics(METRICS)
    return metric1


def optuna_by_hand(size: int) -> None:
    """Optuna, nested runs by hand"""
    with mlflow.start_run(tags=TAGS):
        study(size, logged)


def optuna_callback(size: int) -> None:
    """optuna-integration's `MLflowCallback`"""
    from optuna_integration.mlflow import MLflowCallback

    log = MLflowCallback(create_experiment=False, mlflow_kwargs={"nested": True, "tags": TAGS})
    with mlflow.start_run(tags=TAGS):
        study(size, suggested, [log])


def optuna_storage(size: int) -> None:
    """Optuna on `mlflow.optuna`'s `MlflowStorage`"""
    from mlflow.optuna.storage import MlflowStorage

    study(size, suggested, storage=MlflowStorage(connect(EXPERIMENT).experiment_id))


@cache
def iris() -> Any:
    """Return data to fit, with autolog on: all children, and as little else as it can do."""
    mlflow.sklearn.autolog(
        max_tuning_runs=None, log_models=False, log_datasets=False, log_post_training_metrics=False
    )
    return load_iris(return_X_y=True)


def sklearn_autolog(size: int) -> None:
    """scikit-learn's autolog, `GridSearchCV`"""
    grid = {"random_state": list(range(size))}
    GridSearchCV(DummyClassifier(strategy="uniform"), grid, cv=2).fit(*iris())


@cache
def store() -> tuple[Any, str]:
    """Return MLflow's own store on SQLite, and an experiment in it."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    folder = tempfile.mkdtemp()
    with sqlite3.connect(f"{folder}/mlflow.db") as database:
        database.execute("PRAGMA journal_mode=WAL")  # as the course's servers have it
    opened = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", folder)
    return opened, opened.create_experiment(EXPERIMENT)


def store_alone(size: int) -> None:
    """the limit: MLflow's store alone, no HTTP"""
    # The same three writes into MLflow's own store, without a server.
    opened, experiment_id = store()
    keys = ("mlflow.user", "mlflow.source.name", "mlflow.source.type", "mlflow.parentRunId")
    tags = [RunTag(key, "0" * 32) for key in keys] + [RunTag("test_identifier", "default")]
    for number in range(size):
        now = int(time.time() * 1000)
        run = opened.create_run(experiment_id, "user", now, tags, f"run_{number}")
        opened.log_batch(run.info.run_id, *entities(now), [])
        opened.update_run_info(run.info.run_id, RunStatus.FINISHED, now, None)


# The limit, the course, what is nearest to both, then the course's peers: what is compared most is
# measured one right after the other. Each one's docstring is its name in the results.
OURS = {"limit": store_alone, "course": helpers_log_run, "threads": two_threads}
PEERS = [five_calls, two_batches, optuna_by_hand, optuna_callback, sklearn_autolog, optuna_storage]


def children(quick: bool) -> Figures:
    """Log children in each way in turn, on one server."""
    turns, size = (1, 5) if quick else (7, 20)
    requests, workers, missing = {}, {}, {}
    with temporary_server() as server, ExitStack() as stack:
        for way in [*OURS.values(), *PEERS]:
            measure = stack.enter_context(worker(server.url))
            try:
                requests[way.__doc__] = requests_a_child(measure, way)
                workers[way] = measure
            except ModuleNotFoundError as error:
                missing[way.__doc__] = error.name
        found: dict[str, list[float]] = {way: [] for way in requests}
        for _, (way, measure) in product(range(turns), workers.items()):
            found[way.__doc__].append(1000 / size * measure(way, size)["seconds"])
    ms, course = pd.DataFrame(found), helpers_log_run.__doc__
    shares = ms.div(ms[course], axis="index").median()
    columns = {"ms": ms.median(), "low": ms.min(), "high": ms.max(), "requests": requests}
    rows = pd.DataFrame({**columns, "share": shares})
    ours = {name: rows.loc[way.__doc__] for name, way in OURS.items()}
    peer = rows["ms"][len(OURS) :].min()
    return {"n": turns, "size": size, "rows": rows, "missing": missing, "peer": peer, **ours}


def requests_a_child(measure: Measure, case: Case) -> float:
    """Return the requests of one child, those of its parent aside."""
    measure(connect, EXPERIMENT)
    measure(case, 1)  # the first time, some ways set something up; later, others look back at it
    # The lower of two: a request may be sent again.
    few, many = (min(measure(case, size)["requests"] for _ in range(2)) for size in (4, 8))
    return (many - few) / 4
