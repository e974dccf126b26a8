"""`MlflowClient` throughout: no run is ever active. Names of its own, and no metric2."""

import os
import random

from mlflow import MlflowClient

from helpers import simulate_trial


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    client, results = MlflowClient(), []

    def make(**tags):
        tags["test_identifier"] = test_identifier or "default"
        return client.create_run(os.environ["MLFLOW_EXPERIMENT_ID"], tags=tags).info.run_id

    parent_id = make()
    for _ in range(num_child_runs):
        child_id = make(**{"mlflow.parentRunId": parent_id})
        params = random.choice(param1_choices), random.choice(param2_choices)
        results.append((simulate_trial(*params)[0], *params))
        client.log_param(child_id, "param1", params[0])
        client.log_param(child_id, "param2", params[1])
        client.log_metric(child_id, "metric1", results[-1][0])
        client.set_terminated(child_id)
    client.log_metric(parent_id, "best_metric1", min(results)[0])
    client.log_param(parent_id, "best_param1", min(results)[1])
    client.log_param(parent_id, "best_param2", min(results)[2])
    client.set_terminated(parent_id)
