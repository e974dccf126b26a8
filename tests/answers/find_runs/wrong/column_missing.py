"""Caught by runs_to_its_end: KeyError

Takes for granted that the answer has a row.
"""

import mlflow

from tests.answers.filters import equals


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    found = mlflow.search_runs(filter_string=f"{tagged} and {equals('params.param1', param1)}")
    return list(found[found["metrics.metric1"] < limit]["run_id"])
