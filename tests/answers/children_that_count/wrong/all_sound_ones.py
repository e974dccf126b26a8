"""Caught by one_for_each_key: of one key: `trial_1`, `trial_0`

Duplicates stay.
"""

from tests.answers.counting import sound


def children_that_count(parent_id):
    return list(sound(parent_id)["run_id"])
