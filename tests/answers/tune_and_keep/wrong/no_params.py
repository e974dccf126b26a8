"""Caught by a_child_for_each_draw: with the parameters `{'n_neighbors': '30',

The scores alone.
"""

import mlflow

from tests.answers.tuned import fit_and_score


def tune_and_keep(draws, model_name):
    with mlflow.start_run():
        for params in draws:
            with mlflow.start_run(run_name="trial", nested=True):
                mlflow.log_metric("accuracy", fit_and_score(**params)[1])
