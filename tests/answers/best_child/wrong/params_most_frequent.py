"""Caught by best_params: Found: `best_param1` = `

The most frequent ones, not the best child's.
"""

from statistics import mode

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
        _, firsts, seconds = zip(*results, strict=True)
        mlflow.log_params({"best_param1": mode(firsts), "best_param2": mode(seconds)})
