"""A filter, a client, and the parent named instead of opened."""

import mlflow
import optuna
from mlflow import MlflowClient

from tests.answers.resuming import SPACE, new_study, right_answers


def go_on(parent_id, num_trials, seed):
    experiment_id = MlflowClient().get_run(parent_id).info.experiment_id
    runs = MlflowClient().search_runs(
        [experiment_id],
        f"tags.mlflow.parentRunId = '{parent_id}' AND attributes.status = 'FINISHED'",
        order_by=["attributes.start_time ASC"],
    )
    study = new_study(seed)
    for run in runs:
        if -1e308 < run.data.metrics["right"] < 1e308:
            params = {name: float(value) for name, value in run.data.params.items()}
            value = run.data.metrics["right"]
            study.add_trial(
                optuna.trial.create_trial(params=params, distributions=SPACE, value=value)
            )
    for _ in range(num_trials):
        trial = study.ask(SPACE)
        with mlflow.start_run(nested=True, parent_run_id=parent_id):
            value = right_answers(**trial.params)
            mlflow.log_params(trial.params)
            mlflow.log_metric("right", value)
        study.tell(trial, value)
