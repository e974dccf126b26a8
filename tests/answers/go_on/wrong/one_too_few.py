"""Caught by new_children_under_the_parent: Found: 2 under it

It counts from one.

Cause: another number.
"""

from tests.answers.resuming import add, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    add(study, counting(parent_id))
    log_more(study, parent_id, num_trials - 1)
