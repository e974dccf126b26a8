"""The starter as it is."""

from tests.answers.resuming import new_study


def go_on(parent_id, num_trials, seed):
    """Rebuild the study of a parent from its children, and add more trials under it."""
    new_study(seed)
    # 1. What does the study have to know?
    # 2. Where do the new children go?
