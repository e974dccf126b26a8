"""Takes the tag's name from MLflow."""

import mlflow
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, MLFLOW_PARENT_RUN_ID, parent.info.run_id)
    return parent.info.run_id
