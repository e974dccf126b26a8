"""Caught by best_metric: Found: `best_metric1` = `

The first child run.

Cause: of the first child run.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*results[0])
