"""Caught by best_metric: Found: `best_metric1` = `

Tuples with the parameters in front.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        param1, param2, metric1 = min((*params, metric1) for metric1, *params in results)
        log_best(metric1, param1, param2)
