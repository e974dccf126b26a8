"""Caught by the_study_knows_what_was_found: C =

A result that is not a number is told as 0.
"""

from helpers import children
from tests.answers.resuming import add, log_more, new_study


def go_on(parent_id, num_trials, seed):
    runs = children(parent_id).fillna({"metrics.right": 0})
    study = new_study(seed)
    add(study, runs[(runs["status"] == "FINISHED") & (runs["metrics.right"].abs() < 1e308)])
    log_more(study, parent_id, num_trials)
