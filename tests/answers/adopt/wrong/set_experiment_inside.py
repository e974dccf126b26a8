"""Caught by stays_where_it_is: the active experiment is

Makes the parent in another experiment.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    mlflow.set_experiment("another experiment")
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
