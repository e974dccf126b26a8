"""Caught by runs_to_its_end: `statistics.StatisticsError:

The spread of one number is not defined.
"""

from statistics import stdev

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        mlflow.log_metric("spread", stdev(metric1 for metric1, _, _ in results))
        log_best(*min(results))
