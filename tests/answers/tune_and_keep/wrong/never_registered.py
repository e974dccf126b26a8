"""Caught by a_version_names_it: Found: no version

The model stays on its run.
"""

from tests.answers.tuned import log_children, log_model_to


def tune_and_keep(draws, model_name):
    _, best_id, model = max(log_children(draws), key=lambda child: child[0])
    log_model_to(best_id, model)
