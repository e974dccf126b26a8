"""The lesson's solution."""

import mlflow
from mlflow import MlflowClient

from helpers import best_child
from tests.answers.digits import NEEDS, SIGNATURE, fit_and_score

client = MlflowClient()


def tune_and_keep(draws, model_name):
    """Log a parent with a child for each draw; keep the best child's model."""
    trained = {}
    with mlflow.start_run(run_name="parent_run_neighbours") as parent:
        for number, params in enumerate(draws):
            with mlflow.start_run(run_name=f"trial_{number}", nested=True) as child:
                mlflow.log_params(params)
                trained[child.info.run_id], accuracy = fit_and_score(**params)
                mlflow.log_metric("accuracy", accuracy)
    best_id = best_child(parent.info.run_id, "accuracy", "maximize").info.run_id
    with mlflow.start_run(run_id=best_id):
        logged = mlflow.sklearn.log_model(
            trained[best_id], name="model", signature=SIGNATURE, pip_requirements=NEEDS
        )
    if not client.search_registered_models(f"name = '{model_name}'"):
        client.create_registered_model(model_name)
    version = client.create_model_version(
        model_name, logged.model_uri, run_id=best_id, model_id=logged.model_id
    )
    client.set_registered_model_alias(model_name, "champion", version.version)
    return parent.info.run_id
