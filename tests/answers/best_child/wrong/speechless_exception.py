"""Caught by runs_to_its_end: Found: `speechless.Speechless: <exception str() failed>`

An exception that cannot say what it is.
"""

from tests.answers.parts import ABC, DEF


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


Speechless.__module__ = "speechless"


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    raise Speechless
