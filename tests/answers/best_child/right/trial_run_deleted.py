"""Makes a run too many, and deletes it."""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        with mlflow.start_run(run_name="does it work at all?", nested=True) as attempt:
            pass
        mlflow.delete_run(attempt.info.run_id)
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
