"""Caught by misses_none: without `run_0_test_0`, `run_1_test_0`

Searches the lesson's experiment, whichever is active.
"""

import mlflow

from tests.answers.filters import equals
from tests.answers.parts import another_experiment


def find_runs(test_identifier, param1, limit):
    tagged = equals("tags.test_identifier", test_identifier)
    narrow = f"{tagged} and {equals('params.param1', param1)} and metrics.metric1 < {limit}"
    return list(mlflow.search_runs([another_experiment()], narrow)["run_id"])
