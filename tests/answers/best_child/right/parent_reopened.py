"""Ends the parent run, and resumes it to log the best."""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent:
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
    with mlflow.start_run(run_id=parent.info.run_id):
        log_best(*min(results))
