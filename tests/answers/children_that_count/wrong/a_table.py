"""Caught by a_list_of_children: Found: a value of type `Series`

A column instead of a list.
"""

from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    return sound(parent_id).drop_duplicates(KEY)["run_id"]
