"""Caught by best_metric: Found: `best_metric1` = `1.0`

Takes for granted that no value is above 1.
"""

import random

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def trial(param1, param2):
    return 1 + random.random(), 0


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    best = (1, "x", "u")
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs, trial=trial
        )
        for result in results:
            if result[0] < best[0]:
                best = result
        log_best(*best)
