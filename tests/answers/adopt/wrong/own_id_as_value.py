"""Caught by every_run_is_a_child: Where to look: the value of the tag: it is the run's own id

The value is the run's own id.
"""

import mlflow
from mlflow import MlflowClient


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            MlflowClient().set_tag(run_id, "mlflow.parentRunId", run_id)
    return parent.info.run_id
