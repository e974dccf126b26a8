"""Sorts the table itself."""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    found = mlflow.search_runs()
    named = found[found["tags.mlflow.runName"] == run_name]
    return named.sort_values("metrics.metric1")["run_id"].iloc[0]
