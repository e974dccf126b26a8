"""One parent run with child runs, logged in the course's way, in others' and with no HTTP at all.

Each child has two parameters, two metrics and, where the way allows it, the tag.
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.work import BROAD, Work, single_calls_tuning

EXPERIMENT = "Child Runs"
TAGS = {"test_identifier": "default"}


def use_experiment() -> str:
    """Point MLflow at the server as the course does, without its URL lines; return the id."""
    from helpers import connect

    return connect(EXPERIMENT).experiment_id


def trial() -> tuple[dict[str, Any], dict[str, float]]:
    params = {"param1": random.choice(BROAD[0]), "param2": random.choice(BROAD[1])}
    return params, {"metric1": random.random(), "metric2": abs(random.gauss(5, 2.5))}


def helpers_log_run() -> Work:
    from helpers import execute_tuning

    use_experiment()
    return lambda size: execute_tuning(0, num_child_runs=size)


def overlapped() -> Work:
    """The same three requests a child, with the next child created while one is written."""
    import mlflow
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    experiment_id, client = use_experiment(), MlflowClient()

    def finish(run_id: str) -> None:
        params, metrics = trial()
        now = int(time.time() * 1000)
        client.log_batch(
            run_id,
            metrics=[Metric(key, value, now, 0) for key, value in metrics.items()],
            params=[Param(key, value) for key, value in params.items()],
        )
        client.set_terminated(run_id)

    def work(size: int) -> None:
        with mlflow.start_run(tags=TAGS) as parent, ThreadPoolExecutor(1) as pool:
            own = {
                k: v for k, v in parent.data.tags.items() if k.startswith(("mlflow.u", "mlflow.s"))
            }
            tags = {**own, **TAGS, "mlflow.parentRunId": parent.info.run_id}
            for number in range(size):
                run = client.create_run(experiment_id, tags=tags, run_name=f"run_{number}")
                pool.submit(finish, run.info.run_id)

    return work


def five_calls() -> Work:
    use_experiment()
    return lambda size: single_calls_tuning(0, BROAD, number=size)


def two_batches() -> Work:
    import mlflow

    use_experiment()

    def work(size: int) -> None:
        with mlflow.start_run(tags=TAGS):
            for number in range(size):
                with mlflow.start_run(run_name=f"run_{number}", nested=True, tags=TAGS):
                    params, metrics = trial()
                    mlflow.log_params(params)
                    mlflow.log_metrics(metrics)

    return work


def optuna_study(size: int, objective: Any, callbacks: Any = (), storage: Any = None) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(sampler=sampler, storage=storage)
    study.optimize(objective, n_trials=size, callbacks=list(callbacks))


def suggested(trial: Any) -> float:
    trial.suggest_categorical("param1", BROAD[0])
    trial.suggest_categorical("param2", BROAD[1])
    return random.random()


def optuna_by_hand() -> Work:
    import mlflow
    import optuna  # noqa: F401 — imported before the clock runs

    use_experiment()

    def objective(trial: Any) -> float:
        with mlflow.start_run(run_name=f"run_{trial.number}", nested=True, tags=TAGS):
            metric1 = suggested(trial)
            mlflow.log_params(trial.params)
            mlflow.log_metrics({"metric1": metric1, "metric2": abs(random.gauss(5, 2.5))})
        return metric1

    def work(size: int) -> None:
        with mlflow.start_run(tags=TAGS):
            optuna_study(size, objective)

    return work


def optuna_callback() -> Work:
    import warnings

    import mlflow
    from optuna.exceptions import ExperimentalWarning
    from optuna_integration.mlflow import MLflowCallback

    warnings.simplefilter("ignore", ExperimentalWarning)
    use_experiment()

    def work(size: int) -> None:
        log = MLflowCallback(create_experiment=False, mlflow_kwargs={"nested": True, "tags": TAGS})
        with mlflow.start_run(tags=TAGS):
            optuna_study(size, suggested, [log])

    return work


def optuna_storage() -> Work:
    from mlflow.optuna.storage import MlflowStorage

    experiment_id = use_experiment()
    return lambda size: optuna_study(size, suggested, storage=MlflowStorage(experiment_id))


def sklearn_autolog() -> Work:
    import mlflow
    from sklearn.datasets import load_iris
    from sklearn.dummy import DummyClassifier
    from sklearn.model_selection import GridSearchCV

    use_experiment()
    data = load_iris(return_X_y=True)
    # All children, and nothing but parameters, metrics and tags: the least that it can do.
    mlflow.sklearn.autolog(
        max_tuning_runs=None, log_models=False, log_datasets=False, log_post_training_metrics=False
    )

    def work(size: int) -> None:
        grid = {"random_state": list(range(size))}
        GridSearchCV(DummyClassifier(strategy="uniform"), grid, cv=2).fit(*data)

    return work


def store_alone() -> Work:
    """The limit: the same three writes into MLflow's own store on SQLite, without a server."""
    from mlflow.entities import Metric, Param, RunStatus, RunTag
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    folder = tempfile.mkdtemp(dir=os.environ["BENCH_FOLDER"])
    with sqlite3.connect(f"{folder}/mlflow.db") as database:
        database.execute("PRAGMA journal_mode=WAL")  # as the course's servers have it
    store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", folder)
    experiment_id = store.create_experiment(EXPERIMENT)
    keys = ("mlflow.user", "mlflow.source.name", "mlflow.source.type", "mlflow.parentRunId")
    tags = [RunTag(key, "0" * 32) for key in keys] + [RunTag("test_identifier", "default")]

    def work(size: int) -> None:
        for number in range(size):
            params, metrics = trial()
            now = int(time.time() * 1000)
            run = store.create_run(experiment_id, "user", now, tags, f"run_{number}")
            store.log_batch(
                run.info.run_id,
                [Metric(key, value, now, 0) for key, value in metrics.items()],
                [Param(key, value) for key, value in params.items()],
                [],
            )
            store.update_run_info(run.info.run_id, RunStatus.FINISHED, now, None)

    return work
