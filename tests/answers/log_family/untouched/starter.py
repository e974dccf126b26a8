"""The starter of the notebook."""

import mlflow


def log_family(parameters, train, seed, about, direction):
    """Log a parent with a child for each training, and the best child."""
    with mlflow.start_run(run_name="parent_run_family") as parent:
        ...
    return parent.info.run_id
