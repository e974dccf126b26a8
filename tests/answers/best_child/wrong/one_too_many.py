"""Caught by exact_children: Found: 7 under `parent_run_test_subset_test_1`

Off by one.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    number = num_child_runs + 1
    with start_parent(test_no, test_identifier):
        results = log_children(test_no, param1_choices, param2_choices, test_identifier, number)
        log_best(*min(results))
