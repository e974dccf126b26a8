"""Caught by best_metric: Found: no metric `best_metric1` on

Logs the best on the best child, not on its parent.

Cause: on the children.
"""

from mlflow import MlflowClient

from helpers import best_child
from tests.answers.parts import ABC, DEF, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent:
        log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
    child = best_child(parent).data
    client = MlflowClient()
    best_id = best_child(parent).info.run_id
    client.log_metric(best_id, "best_metric1", child.metrics["metric1"])
    client.log_param(best_id, "best_param1", child.params["param1"])
    client.log_param(best_id, "best_param2", child.params["param2"])
