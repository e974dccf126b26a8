"""The solution of the notebook."""

import contextlib

import mlflow

from helpers import best_child


def log_family(parameters, train, seed, about, direction):
    """Log a parent with a child for each training, and the best child."""
    with mlflow.start_run(run_name="parent_run_family", tags=about) as parent:
        mlflow.log_param("seed", seed)
        for number, params in enumerate(parameters):
            named = {"run_name": f"trial_{number}", "nested": True}
            with contextlib.suppress(Exception), mlflow.start_run(**named):
                mlflow.log_params(params)
                mlflow.log_metric("score", train(params, seed))
        best = best_child(parent.info.run_id, "score", direction)
        tuned = best.data.params.items()
        mlflow.log_metric("best_score", best.data.metrics["score"])
        mlflow.log_params({f"best_{name}": value for name, value in tuned})
        mlflow.set_tag("best_run_id", best.info.run_id)
    return parent.info.run_id
