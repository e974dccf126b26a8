"""Asks the server for FINISHED children, and counts in plain Python."""

import math

import mlflow
from mlflow import MlflowClient


def enough_runs(study_id):
    """Return from what number of runs eight in ten detect the effect, or None."""
    client = MlflowClient()
    experiment_id = mlflow.get_run(study_id).info.experiment_id
    query = f"tags.mlflow.parentRunId = '{study_id}' AND attributes.status = 'FINISHED'"
    seen = {}
    for run in client.search_runs([experiment_id], query):
        p_value = run.data.metrics.get("p_value", math.nan)
        if not math.isnan(p_value):
            seen.setdefault(int(run.data.params["num_runs"]), []).append(p_value <= 0.05)
    good = [size for size, ones in seen.items() if sum(ones) / len(ones) >= 0.8]
    bad = [size for size in seen if size not in good]
    return min((size for size in good if size > max(bad, default=0)), default=None)
