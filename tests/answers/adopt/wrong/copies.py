"""Caught by makes_one_parent: Found: 4 new runs

Logs copies below the parent and leaves the runs as they are.
"""

import mlflow


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        for run_id in run_ids:
            old = mlflow.get_run(run_id)
            with mlflow.start_run(run_name=old.info.run_name, nested=True):
                mlflow.log_metrics(old.data.metrics)
    return parent.info.run_id
