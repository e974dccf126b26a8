"""Extra parameters, metrics, tags and steps below the child runs."""

import random

import mlflow

from helpers import simulate_trial
from tests.answers.parts import ABC, DEF, ident, log_best, start_parent


def log_run(choices1, choices2, tag_ident):
    params = {"param1": random.choice(choices1), "param2": random.choice(choices2)}
    with mlflow.start_run(nested=True, tags={"test_identifier": tag_ident, "kind": "child"}):
        with mlflow.start_run(run_name="a step of this trial", nested=True):
            mlflow.log_metric("metric1", -1)
        mlflow.log_params({**params, "seed": 1})
        metric1, metric2 = simulate_trial(**params)
        mlflow.log_metrics({"metric1": metric1, "metric2": metric2, "seconds": 0.1})
        mlflow.log_metric("best_metric1", metric1)
    return metric1, *params.values()


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent:
        mlflow.log_params({"num_child_runs": num_child_runs, "param1": "none"})
        mlflow.log_metric("metric1", 7)
        results = [
            log_run(param1_choices, param2_choices, ident(test_identifier))
            for _ in range(num_child_runs)
        ]
        log_best(*min(results))
        mlflow.set_tags({"best_metric1": "see the metric", "best_run_id": parent.info.run_id})
