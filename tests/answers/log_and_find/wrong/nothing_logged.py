"""Caught by stays_where_it_is: Where to look: `mlflow.start_run`: whether it is there

Searches only.
"""

import mlflow


def log_and_find(run_name, param1, metric1):
    return mlflow.search_runs(order_by=["metrics.metric1"]).to_dict()
