"""One filter with three conditions: the lesson's solution."""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    narrow = f"{tagged} and {equals('params.param1', param1)} and metrics.metric1 < {limit}"
    return list(mlflow.search_runs(filter_string=narrow)["run_id"])
