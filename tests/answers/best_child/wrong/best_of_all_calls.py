"""Caught by best_metric: Found: `best_metric1` = `

Remembers the best of the notebook.

Cause: of another call.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent

best = (float("inf"), None, None)


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    global best
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        best = min(best, *results)
        log_best(*best)
