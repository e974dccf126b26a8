"""Caught by runs_to_its_end: already logged with value=

Logs the best parameters so far, which works only until they change.
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
        for best in sorted(results, reverse=True):
            mlflow.log_metric("best_metric1", best[0])
            mlflow.log_param("best_param1", best[1])
            mlflow.log_param("best_param2", best[2])
