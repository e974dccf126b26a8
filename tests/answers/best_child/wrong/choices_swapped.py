"""Caught by within_choices: Expected: `param1` of each child run one of `x, y, z`

Each parameter from the other's list.
"""

import random

from tests.answers.parts import ABC, DEF, log_best, log_children, log_values, start_parent


def log_mine(run_name, test_no, param1_choices, param2_choices, tag_ident):
    param1, param2 = random.choice(param2_choices), random.choice(param1_choices)
    metric1 = random.random()
    log_values(run_name, {"param1": param1, "param2": param2}, {"metric1": metric1}, tag_ident)
    return metric1, param1, param2


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
