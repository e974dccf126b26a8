"""Caught by all_finished: Found: `parent_run_test_subset_test_1` was still open when the call
returned

No `with` and no `end_run`.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    start_parent(test_no, test_identifier)
    results = log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
    log_best(*min(results))
