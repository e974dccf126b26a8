"""Caught by the_best_childs_model_alone: Found: 1: on `tuning`

The parent carries the model.
"""

import mlflow

from tests.answers.tuned import crown, log_child, log_model, register


def tune_and_keep(draws, model_name):
    with mlflow.start_run(run_name="tuning"):
        children = [log_child(number, params) for number, params in enumerate(draws)]
        _, best_id, model = max(children, key=lambda child: child[0])
        logged = log_model(model)
    crown(model_name, register(model_name, logged, best_id))
