"""An object that answers every question about itself with an error."""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


class Odd:
    def __getattr__(self, name):
        raise KeyError(name)

    def __repr__(self):
        raise KeyError("repr")

    def __call__(
        self, test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
    ):
        with start_parent(test_no, test_identifier):
            results = log_children(
                test_no, param1_choices, param2_choices, test_identifier, num_child_runs
            )
            log_best(*min(results))


execute_tuning = Odd()
