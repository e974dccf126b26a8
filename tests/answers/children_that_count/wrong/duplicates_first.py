"""Caught by one_for_each_key: Found: none for `x=0`

One of each key is kept, and may then be one that does not count.
"""

from helpers import children
from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    family = children(parent_id)
    if KEY not in family:
        return []
    first = family.drop_duplicates(KEY)["run_id"]
    return list(first[first.isin(sound(parent_id)["run_id"])])
