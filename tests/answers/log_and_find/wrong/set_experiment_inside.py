"""Caught by stays_where_it_is: the active experiment is

Logs to an experiment of its own.
"""

import mlflow


def log_and_find(run_name, param1, metric1):
    mlflow.set_experiment("another experiment")
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    found = mlflow.search_runs(
        filter_string=f"attributes.run_name = '{run_name}'", order_by=["metrics.metric1"]
    )
    return found["run_id"].iloc[0]
