"""Wrapped in a decorator that measures time."""

import functools
import time

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        started = time.perf_counter()
        result = function(*args, **kwargs)
        return result, time.perf_counter() - started

    return wrapper


@timed
def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
