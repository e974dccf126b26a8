"""Logs the best once the parent run has ended."""

from mlflow import MlflowClient

from tests.answers.parts import ABC, DEF, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent:
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
    metric1, param1, param2 = min(results)
    client = MlflowClient()
    client.log_metric(parent.info.run_id, "best_metric1", metric1)
    client.log_param(parent.info.run_id, "best_param1", param1)
    client.log_param(parent.info.run_id, "best_param2", param2)
