"""Caught by best_metric: Found: no metric `best_metric1` on `parent_run_test_subset_test_1`

A single child run seemed not worth the while.

Cause: missing.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        if num_child_runs > 1:
            log_best(*min(results))
