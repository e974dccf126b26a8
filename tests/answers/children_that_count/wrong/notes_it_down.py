"""Caught by changes_nothing: Found: `chosen`

It logs a run of its own.
"""

import mlflow

from tests.answers.counting import KEY, sound


def children_that_count(parent_id):
    chosen = list(sound(parent_id).drop_duplicates(KEY)["run_id"])
    with mlflow.start_run(run_name="chosen"):
        mlflow.log_metric("children", len(chosen))
    return chosen
