"""Caught by runs_to_its_end: Found: `stops_the_world.StopTheWorld: no more`

An exception that `except Exception` does not catch.
"""

from tests.answers.parts import ABC, DEF


class StopTheWorld(BaseException):
    pass


StopTheWorld.__module__ = "stops_the_world"


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    raise StopTheWorld("no more")
