"""Caught by the_study_knows_what_was_found: C =

The child has the parameters with four decimals.

Cause: rounded.
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
                mlflow.log_params({name: round(value, 4) for name, value in trial.params.items()})
                mlflow.log_metric("right", right_answers(**trial.params))
            study.tell(trial, right_answers(**trial.params))
