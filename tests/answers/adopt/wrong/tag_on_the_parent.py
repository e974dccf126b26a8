"""Caught by makes_one_parent: which has a parent itself

Sets the tag on the parent instead of the children.
"""

import mlflow


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            mlflow.set_tag("mlflow.parentRunId", run_id)
    return parent.info.run_id
