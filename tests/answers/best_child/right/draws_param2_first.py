"""Draws param2 before param1, so that the same seed gives other numbers, and returns the parent."""

import random

import mlflow

from helpers import generate_run_names, simulate_trial


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    ident = test_identifier or "default"
    tags = {"test_identifier": ident}
    results = []
    with mlflow.start_run(run_name=f"parent_run_test_{ident}_{test_no}", tags=tags) as parent:
        for run_name in generate_run_names(test_no, num_child_runs):
            with mlflow.start_run(run_name=run_name, nested=True, tags=tags):
                param2 = random.choice(param2_choices)
                param1 = random.choice(param1_choices)
                metric1, metric2 = simulate_trial(param1, param2)
                mlflow.log_params({"param1": param1, "param2": param2})
                mlflow.log_metrics({"metric1": metric1, "metric2": metric2})
                results.append((metric1, param1, param2))
        best = min(results)
        mlflow.log_metric("best_metric1", best[0])
        mlflow.log_params({"best_param1": best[1], "best_param2": best[2]})
    return parent
