"""Caught by makes_one_parent: Found: 3 new runs

Opens the parent inside the loop.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    for run_id in run_ids:
        with mlflow.start_run(run_name=name) as parent:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
