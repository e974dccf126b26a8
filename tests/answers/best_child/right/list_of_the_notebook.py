"""Keeps all results of the notebook, and picks those of this call."""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent

history = []


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    before = len(history)
    with start_parent(test_no, test_identifier):
        history.extend(
            log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
        )
        log_best(*min(history[before:]))
