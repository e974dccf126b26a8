"""Runs instead of a table, and all conditions in Python."""

import os

from mlflow import MlflowClient


def find_runs(test_identifier, param1, limit):
    runs = MlflowClient().search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]])
    return [
        run.info.run_id
        for run in runs
        if run.data.tags.get("test_identifier") == test_identifier
        and "mlflow.parentRunId" in run.data.tags
        and run.data.params.get("param1") == param1
        and run.data.metrics.get("metric1", limit) < limit
    ]
