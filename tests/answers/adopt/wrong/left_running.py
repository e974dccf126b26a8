"""Caught by no_other_run_is_touched: is RUNNING

Opens each run again and does not end it.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
            MlflowClient().update_run(run_id, status="RUNNING")
    return parent.info.run_id
