"""Caught by runs_to_its_end: NameError: name 'parentRunId' is not defined

The tag's name is written without quotes.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, parentRunId, parent.info.run_id)  # noqa: F821
    return parent.info.run_id
