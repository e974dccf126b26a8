"""Caught by one_parent: Found: 6 such runs

Every run stands alone.
"""

import mlflow

from tests.answers.parts import ABC, DEF


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    for i in range(num_child_runs):
        with mlflow.start_run(run_name=f"run_{i}"):
            mlflow.log_metric("metric1", i)
