"""Caught by returns_the_best: Found: a value of type `DataFrame`, which is no run id

Returns all that it found.
"""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    return mlflow.search_runs(
        filter_string=f"attributes.run_name = '{run_name}'", order_by=["metrics.metric1"]
    )
