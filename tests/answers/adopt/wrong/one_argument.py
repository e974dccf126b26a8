"""Caught by accepts_arguments: Found: one for `adopt(run_ids)`

Takes no name.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids):
    with mlflow.start_run() as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
