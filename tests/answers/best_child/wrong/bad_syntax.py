"""Caught by runs_to_its_end: Found: `SyntaxError: invalid syntax`

Code in a string that is none.
"""

from tests.answers.parts import ABC, DEF


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    eval("1 +* 2")
