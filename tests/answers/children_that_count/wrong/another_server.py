"""Caught by runs_to_its_end: Found: `mlflow.exceptions.MlflowException

An address where nothing answers.
"""

import mlflow


def children_that_count(parent_id):
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    runs = mlflow.search_runs(search_all_experiments=True)
    return list(runs[runs["tags.mlflow.parentRunId"] == parent_id]["run_id"])
