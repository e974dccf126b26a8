"""Caught by a_list_of_children: Found: `trial_0` among them

Names instead of run ids.
"""

from mlflow import MlflowClient

from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    run_ids = sound(parent_id).drop_duplicates(KEY)["run_id"]
    return [MlflowClient().get_run(run_id).info.run_name for run_id in run_ids]
