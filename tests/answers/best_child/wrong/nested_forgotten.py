"""Caught by runs_to_its_end: is already active. To start a new run

No `nested=True` for the child run.
"""

import mlflow

from tests.answers.parts import ABC, DEF, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        for i in range(num_child_runs):
            with mlflow.start_run(run_name=f"run_{i}"):
                mlflow.log_metric("metric1", i)
