"""Caught by exact_children: Found: 1 under `parent_run_test_subset_test_1`, and 5 deeper, below
another run: `run_1`, `run_2`, `run_3` and 2 more

No child run ends before the next one starts.
"""

import mlflow

from tests.answers.parts import ABC, DEF, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        for i in range(num_child_runs):
            mlflow.start_run(run_name=f"run_{i}", nested=True)
            mlflow.log_metric("metric1", i)
