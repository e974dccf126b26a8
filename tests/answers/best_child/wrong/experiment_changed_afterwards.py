"""Caught by logs_where_it_is_told: another experiment` now

Logs in the right place, and leaves the notebook in another.
"""

import mlflow

from tests.answers.parts import ABC, DEF, another_experiment, log_best, log_children, start_parent

ANOTHER = another_experiment()


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))
    mlflow.set_experiment(experiment_id=ANOTHER)
