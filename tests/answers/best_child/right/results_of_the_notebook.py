"""Keeps the results in a list of the notebook, which each call empties."""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent

results = []


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    results.clear()
    with start_parent(test_no, test_identifier):
        results.extend(
            log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
        )
        log_best(*min(results))
