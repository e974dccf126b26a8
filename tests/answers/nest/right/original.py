"""The solution of the notebook."""

import mlflow


def nest(name, values):
    with mlflow.start_run(run_name=name):
        for value in values:
            with mlflow.start_run(nested=True):
                mlflow.log_param("param1", value)
