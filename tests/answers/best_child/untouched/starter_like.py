"""Lesson 02's functions, as a student finds them before the first change.

Adapted from MLflow's tutorial (Apache License 2.0), and changed: see NOTICE.
"""

import random
from functools import partial
from itertools import starmap

import mlflow
from more_itertools import consume

from helpers import generate_run_names, simulate_trial


def log_run(run_name, test_no, param1_choices, param2_choices, tag_ident):
    with mlflow.start_run(run_name=run_name, nested=True):
        param1 = random.choice(param1_choices)
        param2 = random.choice(param2_choices)
        metric1, metric2 = simulate_trial(param1, param2)
        mlflow.log_param("param1", param1)
        mlflow.log_param("param2", param2)
        mlflow.log_metric("metric1", metric1)
        mlflow.log_metric("metric2", metric2)
        mlflow.set_tag("test_identifier", tag_ident)


def execute_tuning(
    test_no, param1_choices=("a", "b", "c"), param2_choices=("d", "e", "f"), test_identifier=""
):
    ident = "default" if not test_identifier else test_identifier  # noqa: SIM212
    with mlflow.start_run(run_name=f"parent_run_test_{ident}_{test_no}"):
        mlflow.set_tag("test_identifier", ident)
        log_current_run = partial(
            log_run,
            test_no=test_no,
            param1_choices=param1_choices,
            param2_choices=param2_choices,
            tag_ident=ident,
        )
        consume(starmap(log_current_run, ((name,) for name in generate_run_names(test_no))))
