"""The solution of the notebook."""

import contextlib

import mlflow

from helpers import best_child


def log_family(parameters, train, seed, about, direction):
    """Log a parent with a child for each training; keep the best child on the parent."""
    with mlflow.start_run(run_name="parent_run_family", tags=about) as parent:
        mlflow.log_param("seed", seed)
        for number, params in enumerate(parameters):
            name = f"trial_{number}"
            with contextlib.suppress(Exception), mlflow.start_run(run_name=name, nested=True):
                mlflow.log_params(params)
                mlflow.log_metric("score", train(params, seed))
        best = best_child(parent.info.run_id, "score", direction)
        mlflow.log_metric("best_score", best.data.metrics["score"])
        mlflow.log_params({f"best_{name}": value for name, value in best.data.params.items()})
        mlflow.set_tag("best_run_id", best.info.run_id)
    return parent.info.run_id
