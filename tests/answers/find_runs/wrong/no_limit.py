"""Caught by accepts_arguments: one for `find_runs(test_identifier, param1)`

The limit is not an argument.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1):
    return list(mlflow.search_runs(filter_string=equals("params.param1", param1))["run_id"])
