"""Caught by finds_no_other: its `param1` is `X`

ILIKE takes X for x.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    narrow = f"{tagged} and params.param1 ILIKE '{param1}' and metrics.metric1 < {limit}"
    return list(mlflow.search_runs(filter_string=narrow)["run_id"])
