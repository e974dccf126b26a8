"""Caught by runs_to_its_end: Found: `ZeroDivisionError: float division by zero`, raised in `score,
line

An error of the student's own, two calls deep.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def score(results):
    return min(results)[0] / 0.0


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(score(results), "a", "d")
