"""Caught by carries_identifier: Found: no tag `test_identifier` on the child run `run_0_test_1`

Only the parent carries the tag.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, log_run, start_parent


def log_mine(run_name, test_no, param1_choices, param2_choices, tag_ident):
    return log_run(run_name, test_no, param1_choices, param2_choices, None)


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no,
            param1_choices,
            param2_choices,
            test_identifier,
            num_child_runs,
            log_child=log_mine,
        )
        log_best(*min(results))
