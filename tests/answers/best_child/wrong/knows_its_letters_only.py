"""Caught by runs_to_its_end: Found: `KeyError: ('

A table of the default choices and no others.
"""

import random

from tests.answers.parts import ABC, DEF, log_best, log_children, log_values, start_parent

TABLE = {(first, second): 0.5 for first in ABC for second in DEF}


def log_mine(run_name, test_no, param1_choices, param2_choices, tag_ident):
    pair = random.choice(param1_choices), random.choice(param2_choices)
    log_values(run_name, {}, {"metric1": TABLE[pair]}, tag_ident)
    return TABLE[pair], *pair


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
