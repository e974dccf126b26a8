"""Caught by finds_no_other: its `test_identifier` is `first_again`

A pattern, which fits a longer identifier as well.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = f'tags.test_identifier LIKE "{test_identifier}%"'
    narrow = f"{tagged} and {equals('params.param1', param1)} and metrics.metric1 < {limit}"
    return list(mlflow.search_runs(filter_string=narrow)["run_id"])
