"""The solution of the notebook."""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    found = mlflow.search_runs(
        filter_string=f"attributes.run_name = '{run_name}'", order_by=["metrics.metric1"]
    )
    return found["run_id"].iloc[0]
