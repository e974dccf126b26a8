"""Caught by best_params: Found: `best_param1` = `

The metric starts afresh in each call, the parameters do not.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent

best = []


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        best.append(min(results))
        log_best(min(results)[0], *min(best)[1:])
