"""Caught by the_study_knows_what_was_found: C =

The order of `mlflow.search_runs`.
"""

from tests.answers.resuming import add, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    add(study, counting(parent_id).iloc[::-1])
    log_more(study, parent_id, num_trials)
