"""NumPy draws, NumPy numbers, NumPy finds the least."""

import mlflow
import numpy as np

from tests.answers.parts import ABC, DEF, generate_run_names, ident, log_values, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    rng = np.random.default_rng()
    params1 = np.random.choice(param1_choices, num_child_runs)
    params2 = rng.choice(param2_choices, num_child_runs)
    metrics = rng.normal(size=num_child_runs)
    with start_parent(test_no, test_identifier):
        names = generate_run_names(test_no, num_child_runs)
        for name, param1, param2, metric1 in zip(names, params1, params2, metrics, strict=True):
            params = {"param1": param1, "param2": param2}
            log_values(name, params, {"metric1": metric1}, ident(test_identifier))
        best = np.argmin(metrics)
        mlflow.log_metric("best_metric1", metrics[best])
        mlflow.log_params({"best_param1": params1[best], "best_param2": params2[best]})
