"""Each child run logs metric1 by steps; its last value is the one that counts."""

import random

import mlflow

from tests.answers.parts import ABC, DEF, ident, log_best, start_parent


def log_run(name, choices1, choices2, tag_ident):
    params = random.choice(choices1), random.choice(choices2)
    with mlflow.start_run(run_name=name, nested=True, tags={"test_identifier": tag_ident}):
        mlflow.log_params({"param1": params[0], "param2": params[1]})
        for step in range(3):
            loss = random.random()
            mlflow.log_metric("metric1", loss, step=step)
    return loss, *params


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier):
        results = [
            log_run(f"run_{i}", param1_choices, param2_choices, ident(test_identifier))
            for i in range(num_child_runs)
        ]
        log_best(*min(results))
