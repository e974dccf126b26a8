"""Caught by one_parent: Found: none; 1 runs name a parent that this call did not make

Opens the parent once, and puts the second call's children there, too.
"""

from tests.answers.parts import (
    ABC,
    DEF,
    generate_run_names,
    log_best,
    log_children,
    log_values,
    start_parent,
)

parent_id = None


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    global parent_id
    if parent_id is None:
        with start_parent(test_no, test_identifier) as parent:
            results = log_children(
                test_no, param1_choices, param2_choices, test_identifier, num_child_runs
            )
            log_best(*min(results))
            parent_id = parent.info.run_id
        return
    for name in generate_run_names(test_no, num_child_runs):
        log_values(name, {"param1": param1_choices[0]}, {"metric1": 2}, "x", parent_id)
