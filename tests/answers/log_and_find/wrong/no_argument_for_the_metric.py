"""Caught by accepts_arguments: Found: one for `log_and_find(run_name, param1)`

Takes two of the three.
"""

import mlflow


def log_and_find(run_name, param1):
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
