"""Caught by a_list_of_children: Found: `trial_0` among them

Names instead of run ids.
"""

from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    return list(sound(parent_id).drop_duplicates(KEY)["tags.mlflow.runName"])
