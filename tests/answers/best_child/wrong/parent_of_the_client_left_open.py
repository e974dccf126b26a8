"""Caught by all_finished: was still open when the call returned

`MlflowClient` ends nothing by itself.
"""

from mlflow import MlflowClient

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    client = MlflowClient()
    with start_parent(test_no, test_identifier) as parent:
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
    client.update_run(parent.info.run_id, status="RUNNING")
