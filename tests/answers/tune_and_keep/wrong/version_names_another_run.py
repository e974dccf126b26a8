"""Caught by a_version_names_it: Found: version 1 names

The version names the first child.
"""

from tests.answers.tuned import crown, log_children, log_model_to, register


def tune_and_keep(draws, model_name):
    children = log_children(draws)
    _, best_id, model = max(children, key=lambda child: child[0])
    crown(model_name, register(model_name, log_model_to(best_id, model), children[0][1]))
