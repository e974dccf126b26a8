"""Caught by the_best_childs_model_alone: Found: no model

The runs alone.
"""

from tests.answers.tuned import log_children


def tune_and_keep(draws, model_name):
    log_children(draws)
