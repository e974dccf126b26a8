"""Children in threads, each told its parent, by a function inside the function."""

import random
from concurrent.futures import ThreadPoolExecutor

import mlflow

from helpers import simulate_trial


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    def log_run(i):
        params = random.choice(param1_choices), random.choice(param2_choices)
        metric1, _ = simulate_trial(*params)
        child = mlflow.start_run(
            run_name=f"run_{i}", nested=True, parent_run_id=parent.info.run_id, tags=tags
        )
        with child:
            mlflow.log_params(dict(zip(("param1", "param2"), params, strict=True)))
            mlflow.log_metric("metric1", metric1)
        return metric1, *params

    tags = {"test_identifier": test_identifier or "default"}
    with mlflow.start_run(tags=tags) as parent, ThreadPoolExecutor(4) as pool:
        metric1, *params = min(pool.map(log_run, range(num_child_runs)))
        mlflow.log_metric("best_metric1", metric1)
        mlflow.log_params(dict(zip(("best_param1", "best_param2"), params, strict=True)))
