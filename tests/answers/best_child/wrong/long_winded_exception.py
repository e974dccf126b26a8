"""Caught by runs_to_its_end: Found: `ValueError: word word

An exception that says a lot, in Markdown and HTML.
"""

from tests.answers.parts import ABC, DEF


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    raise ValueError("word " * 1000 + "`</div>\n# <b>bold</b>")
