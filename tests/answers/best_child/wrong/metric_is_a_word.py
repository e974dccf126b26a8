"""Caught by runs_to_its_end: `TypeError: must be real number, not str`, raised in `execute_tuning,
line

Logs the best child's name as a metric.
"""

import mlflow

from tests.answers.parts import ABC, DEF, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
        mlflow.log_metric("best_metric1", "run_0")
