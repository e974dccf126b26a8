"""Caught by runs_to_its_end: the quotation marks around the identifier

Single quotation marks, which an apostrophe ends.
"""

import mlflow


def find_runs(test_identifier, param1, limit):
    narrow = f"tags.test_identifier = '{test_identifier}' and params.param1 = '{param1}'"
    found = mlflow.search_runs(filter_string=f"{narrow} and metrics.metric1 < {limit}")
    return list(found["run_id"])
