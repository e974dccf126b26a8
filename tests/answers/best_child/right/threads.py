"""Children in threads, each told its parent."""

import random
from concurrent.futures import ThreadPoolExecutor

import mlflow

from helpers import simulate_trial
from tests.answers.parts import ABC, DEF, ident, log_best, start_parent


def log_run(i, param1, param2, parent_id, tag_ident):
    metric1, _ = simulate_trial(param1, param2)
    with mlflow.start_run(run_name=f"run_{i}", nested=True, parent_run_id=parent_id):
        mlflow.log_params({"param1": param1, "param2": param2})
        mlflow.log_metric("metric1", metric1)
        mlflow.set_tag("test_identifier", tag_ident)
    return metric1, param1, param2


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    with start_parent(test_no, test_identifier) as parent, ThreadPoolExecutor(4) as pool:
        params = [
            (random.choice(param1_choices), random.choice(param2_choices))
            for _ in range(num_child_runs)
        ]
        futures = [
            pool.submit(log_run, i, *pair, parent.info.run_id, ident(test_identifier))
            for i, pair in enumerate(params)
        ]
        log_best(*min(future.result() for future in futures))
