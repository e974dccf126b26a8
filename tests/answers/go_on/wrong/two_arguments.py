"""Caught by accepts_arguments: Found: one for `go_on(parent_id, num_trials)`

The seed is missing.
"""

from tests.answers.resuming import log_more, new_study


def go_on(parent_id, num_trials):
    log_more(new_study(0), parent_id, num_trials)
