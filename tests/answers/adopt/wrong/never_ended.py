"""Caught by ends_the_run: was still open when the call returned

Opens the parent without `with`.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    parent = mlflow.start_run(run_name=name)
    for run_id in run_ids:
        MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
