"""Caught by finds_no_other: its `metric1` is

No condition on the metric.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    narrow = f"{tagged} and {equals('params.param1', param1)}"
    return list(mlflow.search_runs(filter_string=narrow)["run_id"])
