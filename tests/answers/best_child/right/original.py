"""The solution of the notebook."""

import random

import mlflow

from helpers import generate_run_names, simulate_trial


def log_run(run_name, test_no, param1_choices, param2_choices, tag_ident):
    with mlflow.start_run(run_name=run_name, nested=True) as child:
        param1, param2 = random.choice(param1_choices), random.choice(param2_choices)
        metric1, metric2 = simulate_trial(param1, param2)
        mlflow.log_params({"param1": param1, "param2": param2})
        mlflow.log_metrics({"metric1": metric1, "metric2": metric2})
        mlflow.set_tag("test_identifier", tag_ident)
    return metric1, param1, param2, child.info.run_id


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    ident = test_identifier or "default"
    parent_name = f"parent_run_test_{ident}_{test_no}"
    with mlflow.start_run(run_name=parent_name) as parent:
        mlflow.set_tag("test_identifier", ident)
        results = []
        for run_name in generate_run_names(test_no, num_child_runs):
            results.append(log_run(run_name, test_no, param1_choices, param2_choices, ident))
        best_metric1, best_param1, best_param2, best_run_id = min(results)
        mlflow.log_metric("best_metric1", best_metric1)
        mlflow.log_param("best_param1", best_param1)
        mlflow.log_param("best_param2", best_param2)
        mlflow.set_tag("best_run_id", best_run_id)
    return parent.info.run_id
