"""A lambda that calls the function of another name."""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def tune(test_no, param1_choices, param2_choices, test_identifier, num_child_runs):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(results))


execute_tuning = lambda no, first=ABC, second=DEF, label="", num_child_runs=5: (  # noqa: E731
    tune(no, first, second, label, num_child_runs)
)
