"""Caught by changes_nothing: Found: 2 after it

What does not count is deleted, and the list is right.
"""

from mlflow import MlflowClient

from helpers import children
from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    chosen = list(sound(parent_id).drop_duplicates(KEY)["run_id"])
    for run_id in set(children(parent_id)["run_id"]) - set(chosen):
        MlflowClient().delete_run(run_id)
    return list(children(parent_id)["run_id"])
