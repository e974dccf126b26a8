"""Caught by the_study_knows_what_was_found: C =

Nothing of the old is known.

Cause: nothing known.
"""

from tests.answers.resuming import log_more, new_study


def go_on(parent_id, num_trials, seed):
    log_more(new_study(seed), parent_id, num_trials)
