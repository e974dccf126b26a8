"""Caught by no_other_run_is_touched: Found: 5 of 8 are gone

Deletes what is not in the list.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    found = mlflow.search_runs(filter_string="attributes.run_name LIKE 'run_%'")
    for run_id in set(found["run_id"]) - set(run_ids):
        mlflow.delete_run(run_id)
    return parent.info.run_id
