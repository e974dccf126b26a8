"""Caught by the_study_learns_of_new_trials: C =

All asked for at once.
"""

import mlflow

from tests.answers.resuming import SPACE, add, counting, new_study, right_answers


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    add(study, counting(parent_id))
    trials = [study.ask(SPACE) for _ in range(num_trials)]
    with mlflow.start_run(run_id=parent_id):
        for trial in trials:
            with mlflow.start_run(nested=True):
                mlflow.log_params(trial.params)
                mlflow.log_metric("right", right_answers(**trial.params))
