"""Caught by no_other_run_is_touched: which is not in the list

Adopts every run of the experiment.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        found = mlflow.search_runs(filter_string="attributes.status = 'FINISHED'")
    for run_id in found["run_id"]:
        if run_id != parent.info.run_id:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
