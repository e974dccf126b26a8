"""Some trials end without a number; the best is among the others."""

import math
import random

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def trial(param1, param2):
    return next(outcomes), 0


outcomes = iter([])


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    global outcomes
    outcomes = iter(
        [random.random()] + [random.choice([math.nan, random.random()]) for _ in range(9)]
    )
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs, trial=trial
        )
        log_best(*min(result for result in results if not math.isnan(result[0])))
