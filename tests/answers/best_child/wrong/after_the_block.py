"""Caught by one_parent: Found: 2 such runs

Logs the best when the parent's block has ended, to a run that MLflow starts for it.

Cause: after the block.
"""

import mlflow

from tests.answers.parts import ABC, DEF, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
    metric1, param1, param2 = min(results)
    mlflow.log_metric("best_metric1", metric1)
    mlflow.log_params({"best_param1": param1, "best_param2": param2})
