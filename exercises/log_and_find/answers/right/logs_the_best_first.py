"""Uses the client for everything, and logs the best trial first."""

import mlflow
from mlflow import MlflowClient


def log_and_find(run_name, trials):
    client, experiment_id = MlflowClient(), mlflow.tracking.fluent._get_experiment_id()
    run_ids = []
    for param1, metric1 in sorted(trials, key=lambda trial: trial[1]):
        run = client.create_run(experiment_id, run_name=run_name)
        client.log_param(run.info.run_id, "param1", param1)
        client.log_metric(run.info.run_id, "metric1", metric1)
        client.set_terminated(run.info.run_id)
        run_ids.append(run.info.run_id)
    return run_ids[0]
