"""Caught by exact_children: Found: 7 under

Looks for its parent by name, and finds the one of the call before.
"""

import mlflow

from tests.answers.parts import ABC, DEF, generate_run_names, log_values, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as run:
        pass
    name = run.info.run_name
    parent = mlflow.search_runs(
        filter_string=f"attributes.run_name = '{name}'", order_by=["start_time"]
    )["run_id"][0]
    for name in generate_run_names(test_no, num_child_runs):
        log_values(name, {"param1": "x", "param2": "u"}, {"metric1": 2}, test_identifier, parent)
    client = mlflow.MlflowClient()
    client.log_metric(parent, "best_metric1", 2)
    if num_child_runs > 1:
        client.log_param(parent, "best_param1", "x")
        client.log_param(parent, "best_param2", "u")
