"""The lesson's solution."""

from contextlib import suppress

import mlflow


def log_share(share, train, parent_id):
    """Log a child for each x that has no finished one under this parent."""
    for x in share:
        own = f"tags.mlflow.parentRunId = '{parent_id}' AND params.x = '{x}'"
        finished = f"{own} AND attributes.status = 'FINISHED'"
        if mlflow.search_runs(filter_string=finished, output_format="list"):
            continue
        name = {"run_name": f"trial_{x}", "parent_run_id": parent_id}
        with suppress(Exception), mlflow.start_run(**name):
            mlflow.log_param("x", x)
            mlflow.log_metric("score", train(x))
