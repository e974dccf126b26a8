"""Caught by accepts_parameters: test_identifier`: `num_child_runs` is not among them

Logs the best, always of five.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(test_no, param1_choices=ABC, param2_choices=DEF, test_identifier=""):
    with start_parent(test_no, test_identifier):
        results = log_children(test_no, param1_choices, param2_choices, test_identifier, 5)
        log_best(*min(results))
