"""Lets the server sort the children, and takes the first one."""

import mlflow

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent:
        log_children(test_no, param1_choices, param2_choices, test_identifier, num_child_runs)
        (best,) = mlflow.search_runs(
            filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
            order_by=["metrics.metric1 ASC"],
            max_results=1,
            output_format="list",
        )
        log_best(
            best.data.metrics["metric1"], best.data.params["param1"], best.data.params["param2"]
        )
