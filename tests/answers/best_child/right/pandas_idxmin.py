"""Reads the children back as a table, and takes the row with the least."""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent:
        log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
        runs = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
        best = runs.loc[runs["metrics.metric1"].idxmin()]
        log_best(best["metrics.metric1"], best["params.param1"], best["params.param2"])
