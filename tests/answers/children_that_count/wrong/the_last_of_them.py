"""Caught by the_first_of_them: Found: one that started later

The newest wins.
"""

from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    return list(sound(parent_id).drop_duplicates(KEY, keep="last")["run_id"])
