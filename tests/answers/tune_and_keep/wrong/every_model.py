"""Caught by the_best_childs_model_alone: Found: 4: on `trial_

Each child logs its model.
"""

from tests.answers.tuned import crown, log_children, log_model_to, register


def tune_and_keep(draws, model_name):
    children = [(a, run_id, log_model_to(run_id, m)) for a, run_id, m in log_children(draws)]
    _, best_id, logged = max(children, key=lambda child: child[0])
    crown(model_name, register(model_name, logged, best_id))
