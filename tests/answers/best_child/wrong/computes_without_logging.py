"""Caught by logs_where_it_is_told: Found: no run arrived there

Finds the best, and tells the caller alone.
"""

import random

from helpers import simulate_trial
from tests.answers.parts import ABC, DEF


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    pairs = [
        (random.choice(param1_choices), random.choice(param2_choices))
        for _ in range(num_child_runs)
    ]
    return min((*simulate_trial(*pair), *pair) for pair in pairs)
