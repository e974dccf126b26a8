"""Caught by stays_where_it_is: the active experiment is

It chooses the experiment.
"""

import mlflow

from tests.answers.parts import another_experiment
from tests.answers.tuned import crown, log_children, log_model_to, register


def tune_and_keep(draws, model_name):
    mlflow.set_experiment(experiment_id=another_experiment())
    _, best_id, model = max(log_children(draws), key=lambda child: child[0])
    crown(model_name, register(model_name, log_model_to(best_id, model), best_id))
