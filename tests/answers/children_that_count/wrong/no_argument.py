"""Caught by accepts_arguments: Found: one for `children_that_count()`

Nothing to look at.
"""

from tests.answers.counting import sound


def children_that_count():
    return list(sound("")["run_id"])
