"""Caught by returns_the_best: Where to look: the order: which run stands in the first row

Leaves the order out.
"""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    found = mlflow.search_runs(filter_string=f"attributes.run_name = '{run_name}'")
    return found["run_id"].iloc[0]
