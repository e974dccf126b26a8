"""Caught by misses_none: Expected: 2 runs

The tag of the page instead of the argument.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", "params_test_2")
    narrow = f"{tagged} and {equals('params.param1', param1)} and metrics.metric1 < {limit}"
    return list(mlflow.search_runs(filter_string=narrow)["run_id"])
