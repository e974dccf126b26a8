"""The best child opened again while the parent is active, and further things logged."""

import mlflow

from tests.answers.tuned import crown, log_child, log_model, register


def tune_and_keep(draws, model_name):
    with mlflow.start_run(run_name="tuning") as parent:
        children = [log_child(number, params) for number, params in enumerate(draws)]
        accuracy, best_id, model = max(children, key=lambda child: child[0])
        mlflow.log_metric("best_accuracy", accuracy)
        with mlflow.start_run(run_id=best_id, nested=True):
            logged = log_model(model)
    crown(model_name, register(model_name, logged, best_id))
    return parent.info.run_id
