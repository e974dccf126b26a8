"""Dictionaries, and `min` with a key."""

import random
from operator import itemgetter

import mlflow

from helpers import simulate_trial
from tests.answers.parts import ABC, DEF, ident, log_values, start_parent


def log_run(i, choices1, choices2, tag_ident):
    child = {"param1": random.choice(choices1), "param2": random.choice(choices2)}
    metrics = dict(zip(("metric1", "metric2"), simulate_trial(**child), strict=True))
    log_values(f"child {i}", child, metrics, tag_ident)
    return child | metrics


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        children = [
            log_run(i, param1_choices, param2_choices, ident(test_identifier))
            for i in range(num_child_runs)
        ]
        best = min(children, key=itemgetter("metric1"))
        mlflow.log_metric("best_metric1", best["metric1"])
        for name in ("param1", "param2"):
            mlflow.log_param(f"best_{name}", best[name])
