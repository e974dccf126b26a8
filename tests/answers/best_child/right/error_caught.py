"""Tries something that fails, and goes on."""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        try:
            mlflow.log_metric("accuracy", "high")
        except (TypeError, mlflow.MlflowException):
            mlflow.log_metric("accuracy", 1)
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
