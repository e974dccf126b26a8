"""Caught by finds_no_other: its `test_identifier` is

No condition on the tag.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    narrow = f"{equals('params.param1', param1)} and metrics.metric1 < {limit}"
    return list(mlflow.search_runs(filter_string=narrow)["run_id"])
