"""Caught by best_params: Found: `best_param1` = `

Each parameter's best value on average, which no child need have.
"""

import mlflow
import pandas as pd

from tests.answers.parts import ABC, DEF, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        mlflow.log_metric("best_metric1", min(results)[0])

        frame = pd.DataFrame(results, columns=["metric1", "param1", "param2"])
        for name in ("param1", "param2"):
            mlflow.log_param(f"best_{name}", frame.groupby(name)["metric1"].mean().idxmin())
