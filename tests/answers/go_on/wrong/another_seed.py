"""Caught by the_study_knows_what_was_found: C =

The seed is ignored.
"""

from tests.answers.resuming import add, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(0)
    add(study, counting(parent_id))
    log_more(study, parent_id, num_trials)
