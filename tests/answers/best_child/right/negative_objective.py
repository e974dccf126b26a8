"""An objective below zero."""

import random

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def trial(param1, param2):
    return -1e12 * random.random(), 0


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs, trial=trial
        )
        log_best(*min(results))
