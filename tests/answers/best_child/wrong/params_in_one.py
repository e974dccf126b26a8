"""Caught by best_params: no parameter `best_param1` (only `best_params`)

One parameter that holds both.

Cause: a name nearly right.
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
        mlflow.log_param("best_params", min(results)[1:])
