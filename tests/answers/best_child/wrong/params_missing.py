"""Caught by best_params: Found: no parameter `best_param1` and no parameter `best_param2` on

The metric alone.

Cause: missing.
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
        mlflow.log_metric("best_metric1", min(results)[0])
