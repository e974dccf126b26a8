"""Caught by one_parent: Found: 6 such runs

`start_parent` is inside the loop.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    for _ in range(num_child_runs):
        with start_parent(test_no, test_identifier):
            results = log_children(test_no, param1_choices, param2_choices, test_identifier, 1)
            log_best(*min(results))
