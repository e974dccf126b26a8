"""The lesson's own way."""

from tests.answers.tuned import crown, log_children, log_model_to, parent_of, register


def tune_and_keep(draws, model_name):
    _, best_id, model = max(log_children(draws), key=lambda child: child[0])
    crown(model_name, register(model_name, log_model_to(best_id, model), best_id))
    return parent_of(best_id)
