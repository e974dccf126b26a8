"""Caught by new_children_under_the_parent: has `param_C, param_gamma, right`

The parameters are logged under other names.

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
                mlflow.log_params({f"param_{name}": v for name, v in trial.params.items()})
                mlflow.log_metric("right", right_answers(**trial.params))
            study.tell(trial, right_answers(**trial.params))
