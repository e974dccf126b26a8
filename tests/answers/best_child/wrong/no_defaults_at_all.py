"""Caught by accepts_parameters: missing a required argument: 'param1_choices'

Whoever called the starter with one argument must give five.
"""

from tests.answers.parts import log_best, log_children, start_parent


def execute_tuning(test_no, param1_choices, param2_choices, test_identifier, num_child_runs):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
