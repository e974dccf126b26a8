"""Caught by new_children_under_the_parent: Found: 0 under it, and elsewhere `again`, `trial`

A parent of its own.
"""

import mlflow

from tests.answers.resuming import add, counting, log_trial, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    add(study, counting(parent_id))
    with mlflow.start_run(run_name="again"):
        for _ in range(num_trials):
            log_trial(study)
