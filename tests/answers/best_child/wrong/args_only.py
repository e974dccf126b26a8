"""Caught by accepts_parameters: the parameters `args`: `num_child_runs` is not among them

All parameters in one tuple: the count cannot be given by its name.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(*args):
    test_no, first, second, label, number = (*args, *(None, ABC, DEF, "", 5)[len(args) :])
    with start_parent(test_no, label):
        results = log_children(test_no, first, second, label, number)
        log_best(*min(results))
