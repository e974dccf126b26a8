"""The parts of a right answer to the exercise of lesson 06."""

import mlflow
import sklearn
import skops
from mlflow import MlflowClient
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

X, y = load_iris(return_X_y=True)


def fit_and_score(**params):
    """Return a model and an accuracy that falls with the number of neighbours."""
    model = KNeighborsClassifier(algorithm="brute", **params).fit(X, y)
    return model, 1 - params["n_neighbors"] / 100


def log_child(number, params, **options):
    """Log one child run; return its accuracy, run id and model."""
    with mlflow.start_run(run_name=f"trial_{number}", nested=True, **options) as child:
        model, accuracy = fit_and_score(**params)
        mlflow.log_params(params)
        mlflow.log_metric("accuracy", accuracy)
    return accuracy, child.info.run_id, model


def log_children(draws):
    """Log one parent run with its children; return what is known of these."""
    with mlflow.start_run(run_name="parent_run_neighbours"):
        return [log_child(number, params) for number, params in enumerate(draws)]


def log_model(model):
    """Log a model to the active run."""
    needs = [f"scikit-learn=={sklearn.__version__}", f"skops=={skops.__version__}"]
    signature = mlflow.models.infer_signature(X, y)
    return mlflow.sklearn.log_model(
        model, name="model", signature=signature, pip_requirements=needs
    )


def log_model_to(run_id, model):
    """Log a model to a run that has ended."""
    with mlflow.start_run(run_id=run_id):
        return log_model(model)


def register(model_name, logged, run_id):
    """Register a logged model and return its version."""
    client = MlflowClient()
    if not client.search_registered_models(f"name = '{model_name}'"):
        client.create_registered_model(model_name)
    return client.create_model_version(
        model_name, logged.model_uri, run_id=run_id, model_id=logged.model_id
    )


def parent_of(run_id):
    """Return the run id of a child's parent."""
    return mlflow.get_run(run_id).data.tags["mlflow.parentRunId"]


def crown(model_name, version):
    """Let the alias point to a version."""
    MlflowClient().set_registered_model_alias(model_name, "champion", version.version)
