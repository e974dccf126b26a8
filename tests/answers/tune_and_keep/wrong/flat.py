"""Caught by a_child_for_each_draw: Found: 4 such runs

Runs side by side.
"""

import mlflow

from tests.answers.tuned import fit_and_score


def tune_and_keep(draws, model_name):
    for params in draws:
        with mlflow.start_run():
            mlflow.log_params(params)
            mlflow.log_metric("accuracy", fit_and_score(**params)[1])
