"""Caught by a_list_of_children: Found: a value of type `NoneType`

Nothing is returned.
"""

from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    print(list(sound(parent_id).drop_duplicates(KEY)["run_id"]))
