"""Caught by all_finished: Found: `parent_run_test_subset_test_1` is FAILED

An exception passes through the parent's block, and is caught outside.
"""

import contextlib

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with contextlib.suppress(StopIteration), start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
        next(iter([]))
