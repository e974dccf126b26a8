"""Names the parent's run id by hand."""

import os

from mlflow import MlflowClient


def nest(name, values):
    client, experiment_id = MlflowClient(), os.environ["MLFLOW_EXPERIMENT_ID"]
    parent = client.create_run(experiment_id, run_name=name).info.run_id
    for value in values:
        tags = {"mlflow.parentRunId": parent}
        child = client.create_run(experiment_id, tags=tags, run_name=f"param1={value}").info.run_id
        client.log_param(child, "param1", value)
        client.set_terminated(child)
    client.set_terminated(parent)
