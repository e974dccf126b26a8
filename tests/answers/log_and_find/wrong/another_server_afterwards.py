"""Caught by stays_where_it_is: MLflow's tracking URI is `http://127.0.0.1:9` now

Leaves the notebook at another server.
"""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name) as run:
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    return run.info.run_id
