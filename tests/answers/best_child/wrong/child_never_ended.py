"""Caught by all_finished: Found: `run_0_test_1` was still open when the call returned

A child run that does not end well.
"""

import random

from tests.answers.parts import ABC, DEF, log_best, log_children, log_values, start_parent


def log_mine(run_name, test_no, param1_choices, param2_choices, tag_ident):
    params = random.choice(param1_choices), random.choice(param2_choices)
    values = dict(zip(("param1", "param2"), params, strict=True))
    metric1 = random.random()
    log_values(run_name, values, {"metric1": metric1}, tag_ident, status=None)
    return metric1, *params


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
