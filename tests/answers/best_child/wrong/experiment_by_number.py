"""Caught by logs_where_it_is_told: Found: the run `parent` went to the experiment

Names an experiment by its number in `start_run`.
"""

import mlflow

from tests.answers.parts import ABC, DEF, another_experiment

ANOTHER = another_experiment()


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with mlflow.start_run(run_name="parent", experiment_id=ANOTHER):
        mlflow.log_metric("best_metric1", 0)
