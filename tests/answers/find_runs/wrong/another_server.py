"""Caught by changes_nothing: Found: MLflow now points to `http://127.0.0.1:9`

Points MLflow to another server.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    narrow = f"{tagged} and {equals('params.param1', param1)} and metrics.metric1 < {limit}"
    found = mlflow.search_runs(filter_string=narrow)
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    return list(found["run_id"])
