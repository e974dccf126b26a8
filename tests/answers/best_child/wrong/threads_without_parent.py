"""Caught by one_parent: Found: 7 such runs

The active run of one thread is not that of another.
"""

from concurrent.futures import ThreadPoolExecutor

import mlflow
from more_itertools import consume

from tests.answers.parts import ABC, DEF, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    def log_run(i):
        with mlflow.start_run(run_name=f"run_{i}", nested=True):
            mlflow.log_metric("metric1", i)

    with start_parent(test_no, test_identifier), ThreadPoolExecutor(2) as pool:
        consume(pool.map(log_run, range(num_child_runs)))
