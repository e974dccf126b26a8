"""Caught by best_metric: Found: no metric `best_metric1` (only `best_metric`)

Not the name that the task says.

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
        metric1, param1, param2 = min(results)
        mlflow.log_metric("best_metric", metric1)
        mlflow.log_params({"best_param1": param1, "best_param2": param2})
