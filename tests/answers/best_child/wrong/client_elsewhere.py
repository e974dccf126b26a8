"""Caught by logs_where_it_is_told: Found: no run arrived there

`MlflowClient` with the number of another experiment.
"""

from mlflow import MlflowClient

from tests.answers.parts import ABC, DEF, another_experiment

ANOTHER = another_experiment()


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    client = MlflowClient()
    run = client.create_run(ANOTHER, run_name="parent")
    client.set_terminated(run.info.run_id)
