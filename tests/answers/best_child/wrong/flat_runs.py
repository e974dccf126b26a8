"""Caught by one_parent: such runs: `parent_run_test_subset_test_1`, `run_0`, `run_1` and 4 more

The parent's block ends before the first child starts.
"""

import mlflow

from tests.answers.parts import ABC, DEF, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        pass
    for i in range(num_child_runs):
        with mlflow.start_run(run_name=f"run_{i}", nested=True):
            mlflow.log_metric("metric1", i)
