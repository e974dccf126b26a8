"""Each child run updates its parent, if it is better."""

import mlflow
from mlflow import MlflowClient

from tests.answers.parts import ABC, DEF, log_children, log_run, start_parent


def log_and_tell(*args, **kwargs):
    result = log_run(*args, **kwargs)
    client, parent_id = MlflowClient(), mlflow.active_run().info.run_id
    best = client.get_run(parent_id).data.metrics.get("best_metric1", float("inf"))
    if result[0] < best:
        client.log_metric(parent_id, "best_metric1", result[0])
    return result


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no,
            param1_choices,
            param2_choices,
            test_identifier,
            num_child_runs,
            log_child=log_and_tell,
        )
        _, param1, param2 = min(results)
        mlflow.log_params({"best_param1": param1, "best_param2": param2})
