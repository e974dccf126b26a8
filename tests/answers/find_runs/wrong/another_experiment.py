"""Caught by changes_nothing: Expected: the same active experiment

Makes another experiment active.
"""

import mlflow

from tests.answers.filters import equals
from tests.answers.parts import another_experiment


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    narrow = f"{tagged} and {equals('params.param1', param1)} and metrics.metric1 < {limit}"
    mlflow.set_experiment(experiment_id=another_experiment())
    return list(mlflow.search_runs(filter_string=narrow)["run_id"])
