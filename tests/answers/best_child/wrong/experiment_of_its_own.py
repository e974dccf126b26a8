"""Caught by logs_where_it_is_told: made by this call; it stays on the server

Names an experiment inside the function.
"""

import os
import uuid

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent

PREFIX = os.environ.get("EXPERIMENT_PREFIX", "")


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    mlflow.set_experiment(f"{PREFIX}my experiment {uuid.uuid4().hex}")
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
