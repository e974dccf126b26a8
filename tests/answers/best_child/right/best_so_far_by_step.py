"""Logs the best so far after each child run, with a step."""

import mlflow

from tests.answers.parts import ABC, DEF, ident, log_run, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    best = (float("inf"), None, None)
    with start_parent(test_no, test_identifier):
        for step in range(num_child_runs):
            name = f"run_{step}_test_{test_no}"
            result = log_run(name, test_no, param1_choices, param2_choices, ident(test_identifier))
            best = min(best, result)
            mlflow.log_metric("best_metric1", best[0], step=step)
        mlflow.log_params({"best_param1": best[1], "best_param2": best[2]})
