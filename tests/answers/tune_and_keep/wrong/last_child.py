"""Caught by the_best_childs_model_alone: Found: 1: on `trial_3`

The model that is left over from the loop.
"""

from tests.answers.tuned import crown, log_children, log_model_to, register


def tune_and_keep(draws, model_name):
    _, best_id, model = log_children(draws)[-1]
    crown(model_name, register(model_name, log_model_to(best_id, model), best_id))
