"""Caught by new_children_under_the_parent: has `C, gamma`

The result is told and not logged.

Cause: not whole.
"""

import mlflow

from tests.answers.resuming import SPACE, add, counting, new_study, right_answers


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    add(study, counting(parent_id))
    with mlflow.start_run(run_id=parent_id):
        for _ in range(num_trials):
            trial = study.ask(SPACE)
            with mlflow.start_run(nested=True):
                mlflow.log_params(trial.params)
            study.tell(trial, right_answers(**trial.params))
