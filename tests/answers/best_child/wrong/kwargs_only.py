"""Caught by accepts_parameters: the parameters `options`: too many positional arguments

All parameters in one dictionary: who calls it as before, by position, cannot.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent

DEFAULTS = {
    "param1_choices": ABC,
    "param2_choices": DEF,
    "test_identifier": "",
    "num_child_runs": 5,
}


def execute_tuning(**options):
    options = DEFAULTS | options
    with start_parent(options["test_no"], options["test_identifier"]):
        results = log_children(
            options["test_no"],
            options["param1_choices"],
            options["param2_choices"],
            options["test_identifier"],
            options["num_child_runs"],
        )
        log_best(*min(results))
