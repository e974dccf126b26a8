"""Caught by the_champion_is_it: Found: it points to version 1

The alias never moves.
"""

from mlflow import MlflowClient

from tests.answers.tuned import log_children, log_model_to, register


def tune_and_keep(draws, model_name):
    _, best_id, model = max(log_children(draws), key=lambda child: child[0])
    register(model_name, log_model_to(best_id, model), best_id)
    MlflowClient().set_registered_model_alias(model_name, "champion", "1")
