"""Caught by accepts_parameters: num_children`: `num_child_runs` is not among them

`num_children` is not what the task says.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_children=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_children
        )
        log_best(*min(results))
