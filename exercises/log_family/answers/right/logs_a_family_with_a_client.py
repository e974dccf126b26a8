"""By run ids alone, everything on each child; the best of what was returned."""

import math

import mlflow
from mlflow import MlflowClient


def log_family(parameters, train, seed, about, direction):
    client, done = MlflowClient(), []
    last = mlflow.tracking.fluent._get_experiment_id()
    parent_id = client.create_run(last, run_name="a family").info.run_id
    for params in parameters:
        tags = {**about, "mlflow.parentRunId": parent_id, "seed": str(seed)}
        run_id = client.create_run(last, tags=tags).info.run_id
        for name, value in params.items():
            client.log_param(run_id, name, value)
        try:
            score = train(params, seed)
        except Exception:
            client.set_terminated(run_id, "FAILED")
            continue
        client.log_metric(run_id, "score", score)
        client.set_terminated(run_id)
        if not math.isnan(score):
            done.append((score, run_id, params))
    sign = 1 if direction == "minimize" else -1
    score, run_id, params = min(done, key=lambda one: sign * one[0])
    client.log_metric(parent_id, "best_score", score)
    for name, value in params.items():
        client.log_param(parent_id, f"best_{name}", value)
    client.set_tag(parent_id, "best_run_id", run_id)
    client.set_terminated(parent_id)
    return parent_id
