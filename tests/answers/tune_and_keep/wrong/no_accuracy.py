"""Caught by a_child_for_each_draw: Found: `accuracy` = `0.7` as a parameter on `trial`

The score as a parameter.
"""

import mlflow

from tests.answers.tuned import fit_and_score


def tune_and_keep(draws, model_name):
    with mlflow.start_run():
        for params in draws:
            with mlflow.start_run(run_name="trial", nested=True):
                mlflow.log_params({**params, "accuracy": fit_and_score(**params)[1]})
