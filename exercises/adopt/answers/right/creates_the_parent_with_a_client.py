"""Uses the client for everything."""

from mlflow import MlflowClient


def adopt(run_ids, name):
    client = MlflowClient()
    experiment_id = client.get_run(run_ids[0]).info.experiment_id
    parent = client.create_run(experiment_id, run_name=name)
    for run_id in run_ids:
        client.set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
    client.set_terminated(parent.info.run_id)
    return parent.info.run_id
