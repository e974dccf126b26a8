"""Caught by makes_one_parent: Expected: one new run with the name `parent_run_test_default_0`

MLflow invents a name.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    with mlflow.start_run() as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
