"""Caught by runs_to_its_end: Found: `TypeError: '<' not supported between instances of 'float' and
'NoneType'`

The best so far begins as None.
"""

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    best = None
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        for result in results:
            if result[0] < best:
                best = result[0]
        log_best(best, *min(results)[1:])
