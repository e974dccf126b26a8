"""Caught by stays_where_it_is: the active experiment is

It chooses the experiment.
"""

import mlflow

from tests.answers.parts import another_experiment
from tests.answers.resuming import add, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    add(study, counting(parent_id))
    log_more(study, parent_id, num_trials)
    mlflow.set_experiment(experiment_id=another_experiment())
