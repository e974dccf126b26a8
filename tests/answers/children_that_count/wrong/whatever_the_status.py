"""Caught by sound_children_alone: Found: FAILED with

The status is not looked at.
"""

from helpers import children
from tests.answers.counting import KEY, SCORE


def children_that_count(parent_id):
    family = children(parent_id)
    if not {KEY, SCORE} <= set(family.columns):
        return []
    family = family[family[SCORE].abs().lt(1e308)].dropna(subset=KEY).sort_values("start_time")
    return list(family.drop_duplicates(KEY)["run_id"])
