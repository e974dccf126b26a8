"""Caught by sound_children_alone: Found: FINISHED with

The score is not looked at.
"""

from helpers import children
from tests.answers.counting import KEY


def children_that_count(parent_id):
    family = children(parent_id)
    if KEY not in family:
        return []
    family = family[family["status"] == "FINISHED"].dropna(subset=KEY).sort_values("start_time")
    return list(family.drop_duplicates(KEY)["run_id"])
