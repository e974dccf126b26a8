"""Caught by runs_to_its_end: Found: `RecursionError: maximum recursion depth exceeded

Calls itself.
"""

from tests.answers.parts import ABC, DEF


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    execute_tuning(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
