"""Ends the parent by hand; tags it as made later."""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    parent = mlflow.start_run(run_name=name, tags={"made": "later"})
    mlflow.end_run()
    for run_id in run_ids:
        MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
