"""The starter of the notebook."""

import mlflow


def log_family(parameters, train, seed, about, direction):
    """Log a parent with a child for each training; keep the best child on the parent."""
    with mlflow.start_run(run_name="parent_run_family") as parent:
        ...
    return parent.info.run_id
