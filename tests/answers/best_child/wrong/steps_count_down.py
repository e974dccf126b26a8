"""Caught by best_metric: Found: `best_metric1` = `

The best so far with steps that count down: the first one shows.

Cause: of the first child run.
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
        for i in range(num_child_runs):
            best = min(results[: i + 1])
            mlflow.log_metric("best_metric1", best[0], step=num_child_runs - i)
        mlflow.log_params({"best_param1": best[1], "best_param2": best[2]})
