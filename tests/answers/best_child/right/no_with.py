"""Starts and ends every run by hand."""

import random

import mlflow

from helpers import simulate_trial
from tests.answers.parts import ABC, DEF, ident, log_best, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    results = []
    start_parent(test_no, test_identifier)
    for i in range(num_child_runs):
        mlflow.start_run(run_name=f"run_{i}", nested=True)
        param1, param2 = random.choice(param1_choices), random.choice(param2_choices)
        metric1, metric2 = simulate_trial(param1, param2)
        mlflow.log_params({"param1": param1, "param2": param2})
        mlflow.log_metrics({"metric1": metric1, "metric2": metric2})
        mlflow.set_tag("test_identifier", ident(test_identifier))
        mlflow.end_run()
        results.append((metric1, param1, param2))
    log_best(*min(results))
    mlflow.end_run()
