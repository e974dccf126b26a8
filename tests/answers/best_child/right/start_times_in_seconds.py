"""Start times of its own, in seconds instead of milliseconds: they tell no call's runs apart."""

import os
import random
import time

from mlflow import MlflowClient

from helpers import simulate_trial


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    client, ident = MlflowClient(), test_identifier or "default"
    experiment_id = os.environ["MLFLOW_EXPERIMENT_ID"]
    tags = {"test_identifier": ident}
    now = int(time.time())
    parent = client.create_run(experiment_id, now, tags, f"parent {ident} {test_no}")
    best = (float("inf"),)
    for i in range(num_child_runs):
        child_tags = {**tags, "mlflow.parentRunId": parent.info.run_id}
        child = client.create_run(experiment_id, now, child_tags, f"child {i}")
        params = random.choice(param1_choices), random.choice(param2_choices)
        metric1, _ = simulate_trial(*params)
        client.log_param(child.info.run_id, "param1", params[0])
        client.log_param(child.info.run_id, "param2", params[1])
        client.log_metric(child.info.run_id, "metric1", metric1)
        client.set_terminated(child.info.run_id)
        best = min(best, (metric1, *params))
    client.log_metric(parent.info.run_id, "best_metric1", best[0])
    client.log_param(parent.info.run_id, "best_param1", best[1])
    client.log_param(parent.info.run_id, "best_param2", best[2])
    client.set_terminated(parent.info.run_id)
