"""Caught by best_metric: Found: none on any of them

The children keep their result to themselves.
"""

import random

from tests.answers.parts import ABC, DEF, log_best, log_children, log_values, start_parent


def log_mine(run_name, test_no, param1_choices, param2_choices, tag_ident):
    params = random.choice(param1_choices), random.choice(param2_choices)
    values = dict(zip(("param1", "param2"), params, strict=True))
    log_values(run_name, values, {"loss": 0.5}, tag_ident)
    return 0.5, *params


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
