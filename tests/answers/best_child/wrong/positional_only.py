"""Caught by accepts_parameters: the parameters `test_no, first, second, label, num_child_runs`:

All parameters by position: the count cannot be given by its name.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(test_no, first=ABC, second=DEF, label="", num_child_runs=5, /):
    with start_parent(test_no, label):
        results = log_children(test_no, first, second, label, num_child_runs)
        log_best(*min(results))
