"""Caught by returns_the_best: lowest of 2 of that name

Compares the metric as a text: 10.25 comes before 9.5.
"""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    found = mlflow.search_runs(filter_string=f"attributes.run_name = '{run_name}'")
    found["as text"] = found["metrics.metric1"].astype(str)
    return found.sort_values("as text")["run_id"].iloc[0]
