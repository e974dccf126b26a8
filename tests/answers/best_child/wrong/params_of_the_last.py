"""Caught by best_params: Found: `best_param1` = `

The loop's variables, after the loop.

Cause: of the last child run.
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
        best = float("inf")
        for metric1, param1, param2 in results:  # noqa: B007
            best = min(best, metric1)
        mlflow.log_metric("best_metric1", best)
        mlflow.log_params({"best_param1": param1, "best_param2": param2})
