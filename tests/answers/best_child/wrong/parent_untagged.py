"""Caught by carries_identifier: Found: no tag `test_identifier` on the parent run `parent`

Only the children carry the tag.
"""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with mlflow.start_run(run_name="parent"):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
