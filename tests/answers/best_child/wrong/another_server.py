"""Caught by logs_where_it_is_told: Found: MLflow's tracking URI is `http://127.0.0.1:9` now

An address where nothing answers.
"""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
