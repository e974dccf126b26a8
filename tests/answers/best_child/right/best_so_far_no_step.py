"""Logs each new best as it comes, without a step."""

import mlflow

from tests.answers.parts import ABC, DEF, ident, log_run, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    best = None
    with start_parent(test_no, test_identifier):
        for i in range(num_child_runs):
            name = f"run_{i}_test_{test_no}"
            result = log_run(name, test_no, param1_choices, param2_choices, ident(test_identifier))
            if best is None or result < best:
                best = result
                mlflow.log_metric("best_metric1", best[0])
        mlflow.log_params({"best_param1": best[1], "best_param2": best[2]})
