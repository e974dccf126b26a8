"""The way of the tutorial that this course replaces: numbers of its own, and nothing returned."""

import random
from functools import partial
from itertools import starmap

import mlflow


def log_run(run_name, param1_choices, param2_choices, tag_ident):
    with mlflow.start_run(run_name=run_name, nested=True) as run:
        param1, param2 = random.choice(param1_choices), random.choice(param2_choices)
        metric1 = random.uniform(0, 1)
        mlflow.log_param("param1", param1)
        mlflow.log_param("param2", param2)
        mlflow.log_metric("metric1", metric1)
        mlflow.log_metric("metric2", abs(random.gauss(5, 2.5)))
        mlflow.set_tag("test_identifier", tag_ident)
        return run.info.run_id, metric1, param1, param2


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    num_child_runs=5,
):
    ident = test_identifier if test_identifier else "default"
    best_metric1, best_params = float("inf"), None
    with mlflow.start_run(run_name=f"parent_run_test_{ident}_{test_no}"):
        log_current_run = partial(
            log_run, param1_choices=param1_choices, param2_choices=param2_choices, tag_ident=ident
        )
        mlflow.set_tag("test_identifier", ident)
        names = ((f"run_{i}_test_{test_no}",) for i in range(num_child_runs))
        for _, metric1, param1, param2 in starmap(log_current_run, names):
            if metric1 < best_metric1:
                best_metric1, best_params = metric1, (param1, param2)
        mlflow.log_metric("best_metric1", best_metric1)
        mlflow.log_param("best_param1", best_params[0])
        mlflow.log_param("best_param2", best_params[1])
