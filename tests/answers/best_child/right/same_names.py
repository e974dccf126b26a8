"""Gives all parents one name and all children another, logs no metric2, and returns a dict."""

import random

import mlflow

from helpers import simulate_trial


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    tags = {"test_identifier": test_identifier or "default"}
    best = {"metric1": float("inf")}
    with mlflow.start_run(run_name="tuning", tags=tags):
        for _ in range(num_child_runs):
            with mlflow.start_run(run_name="trial", nested=True, tags=tags):
                params = {
                    "param1": random.choice(param1_choices),
                    "param2": random.choice(param2_choices),
                }
                metric1, _ = simulate_trial(**params)
                mlflow.log_params(params)
                mlflow.log_metric("metric1", metric1)
                if metric1 < best["metric1"]:
                    best = {"metric1": metric1, **params}
        mlflow.log_metric("best_metric1", best["metric1"])
        mlflow.log_param("best_param1", best["param1"])
        mlflow.log_param("best_param2", best["param2"])
    return best
