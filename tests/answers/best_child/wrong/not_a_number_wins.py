"""Caught by best_metric: = `nan`

`min` never lets go of a NaN that comes first.
"""

import math
import random

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    outcomes = iter([math.nan, *(random.random() for _ in range(9))])
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no,
            param1_choices,
            param2_choices,
            test_identifier,
            num_child_runs,
            trial=lambda *_: (next(outcomes), 0),
        )
        log_best(*min(results, key=lambda result: result[0]))
