"""Caught by the_study_knows_what_was_found: C =

The default direction.
"""

from tests.answers.resuming import add, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed, direction="minimize")
    add(study, counting(parent_id))
    log_more(study, parent_id, num_trials)
