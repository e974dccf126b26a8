"""Caught by the_champion_is_it: Found: no such alias

Registered, and nobody is champion.
"""

from tests.answers.tuned import log_children, log_model_to, register


def tune_and_keep(draws, model_name):
    _, best_id, model = max(log_children(draws), key=lambda child: child[0])
    register(model_name, log_model_to(best_id, model), best_id)
