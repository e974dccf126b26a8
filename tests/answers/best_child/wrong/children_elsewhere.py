"""Caught by exact_children: Found: 0 under

Each child run names an experiment by its number.
"""

import mlflow

from tests.answers.parts import ABC, DEF, another_experiment, start_parent

ANOTHER = another_experiment()


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        for i in range(num_child_runs):
            with mlflow.start_run(run_name=f"run_{i}", nested=True, experiment_id=ANOTHER):
                mlflow.log_metric("metric1", i)
