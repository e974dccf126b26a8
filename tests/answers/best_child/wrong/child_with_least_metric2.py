"""Caught by best_metric: Found: `best_metric1` = `

metric1 of the child that has the least metric2.

Cause: of the first child run.
"""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent:
        log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
        children = mlflow.search_runs(
            filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
            order_by=["metrics.metric2"],
        )
        best = children.iloc[0]
        log_best(best["metrics.metric1"], best["params.param1"], best["params.param2"])
