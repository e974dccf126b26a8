"""Caught by returns_the_best: the run that this call logged

Returns the run that it has just logged.
"""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name) as run:
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    return run.info.run_id
