"""Opens each run to set its tag."""

import mlflow


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        parent_id = parent.info.run_id
    for run_id in run_ids:
        with mlflow.start_run(run_id=run_id):
            mlflow.set_tag("mlflow.parentRunId", parent_id)
    return parent_id
