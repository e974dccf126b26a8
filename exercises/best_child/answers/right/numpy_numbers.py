"""NumPy draws, NumPy numbers, NumPy finds the lowest; the trials are its own."""

import mlflow
import numpy as np


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    rng, tags = np.random.default_rng(), {"test_identifier": test_identifier or "default"}
    params1 = np.random.choice(param1_choices, num_child_runs)
    params2 = rng.choice(param2_choices, num_child_runs)
    metrics = rng.normal(size=num_child_runs)
    with mlflow.start_run(tags=tags):
        for param1, param2, metric1 in zip(params1, params2, metrics, strict=True):
            with mlflow.start_run(nested=True, tags=tags):
                mlflow.log_params({"param1": param1, "param2": param2})
                mlflow.log_metric("metric1", metric1)
        best = np.argmin(metrics)
        mlflow.log_metric("best_metric1", metrics[best])
        mlflow.log_params({"best_param1": params1[best], "best_param2": params2[best]})
