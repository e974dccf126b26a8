"""Caught by best_metric: Found: `best_metric1` = `

Reads five runs, because there were five so far.

Cause: of the last child run.
"""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
        runs = mlflow.search_runs(
            filter_string=f"tags.mlflow.parentRunId = '{mlflow.active_run().info.run_id}'",
            max_results=5,
        )
        best = runs.sort_values("metrics.metric1").iloc[0]
        log_best(best["metrics.metric1"], best["params.param1"], best["params.param2"])
