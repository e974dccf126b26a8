"""Caught by runs_to_its_end: is already active

A child run that does not say so.
"""

import mlflow


def tune_and_keep(draws, model_name):
    with mlflow.start_run(run_name="parent"):
        for params in draws:
            with mlflow.start_run():
                mlflow.log_params(params)
