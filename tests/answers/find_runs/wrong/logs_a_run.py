"""Caught by changes_nothing: Expected: no new run

Looks for runs within a run of its own.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    narrow = f"{tagged} and {equals('params.param1', param1)} and metrics.metric1 < {limit}"
    with mlflow.start_run(run_name="search"):
        return list(mlflow.search_runs(filter_string=narrow)["run_id"])
