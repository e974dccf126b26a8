"""Makes one of the runs the parent."""

from mlflow import MlflowClient


def adopt(run_ids, name):
    for run_id in run_ids[1:]:
        MlflowClient().set_tag(run_id, "mlflow.parentRunId", run_ids[0])
    MlflowClient().update_run(run_ids[0], name=name)
    return run_ids[0]
