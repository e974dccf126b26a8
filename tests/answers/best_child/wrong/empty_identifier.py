"""Caught by carries_identifier: Found: `test_identifier` = ` ` on the parent run

Forgets about the default.
"""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with mlflow.start_run(tags={"test_identifier": test_identifier}):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
