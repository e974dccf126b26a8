"""Caught by runs_to_its_end: is already active

Opens each run while the parent is still active.
"""

import mlflow


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            with mlflow.start_run(run_id=run_id):
                mlflow.set_tag("mlflow.parentRunId", parent.info.run_id)
    return parent.info.run_id
