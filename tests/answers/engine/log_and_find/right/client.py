"""Uses the client for everything."""

import mlflow
from mlflow import MlflowClient


def log_and_find(run_name, param1, metric1):
    client, experiment_id = MlflowClient(), mlflow.tracking.fluent._get_experiment_id()
    run = client.create_run(experiment_id, run_name=run_name)
    client.log_param(run.info.run_id, "param1", param1)
    client.log_metric(run.info.run_id, "metric1", metric1)
    client.set_terminated(run.info.run_id)
    query = f"attributes.run_name = '{run_name}'"
    return client.search_runs([experiment_id], query, order_by=["metrics.metric1"])[0].info.run_id
