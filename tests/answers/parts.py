"""The parts of a right answer, so that each file shows little but what is its own."""

import os
import random
import time
from functools import partial
from itertools import starmap

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from helpers import generate_run_names, simulate_trial

ABC, DEF = ("a", "b", "c"), ("d", "e", "f")


def ident(test_identifier):
    return test_identifier or "default"


def another_experiment():
    """Return the id of an experiment that was there before any call."""
    name = os.environ.get("EXPERIMENT_PREFIX", "") + "another experiment"
    found = mlflow.get_experiment_by_name(name)
    return found.experiment_id if found else mlflow.create_experiment(name)


def start_parent(test_no, test_identifier):
    name = f"parent_run_test_{ident(test_identifier)}_{test_no}"
    return mlflow.start_run(run_name=name, tags={"test_identifier": ident(test_identifier)})


def log_values(run_name, params, metrics, tag_ident, parent_id=None, status="FINISHED"):
    """Log one child run, in three requests, and return its run id."""
    client = MlflowClient()
    parent = client.get_run(parent_id) if parent_id else mlflow.active_run()
    tags = {"mlflow.parentRunId": parent.info.run_id}
    if tag_ident is not None:
        tags["test_identifier"] = tag_ident
    run = client.create_run(parent.info.experiment_id, tags=tags, run_name=run_name)
    now = int(time.time() * 1000)
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(key, value, now, 0) for key, value in metrics.items()],
        params=[Param(key, str(value)) for key, value in params.items()],
    )
    if status:
        client.set_terminated(run.info.run_id, status)
    return run.info.run_id


def log_run(run_name, test_no, param1_choices, param2_choices, tag_ident, trial=simulate_trial):
    """Log one child run and return what `min` needs to find the best one."""
    param1, param2 = random.choice(param1_choices), random.choice(param2_choices)
    metric1, metric2 = trial(param1, param2)
    metrics = {"metric1": metric1, "metric2": metric2}
    log_values(run_name, {"param1": param1, "param2": param2}, metrics, tag_ident)
    return metric1, param1, param2


def log_children(test_no, choices1, choices2, test_identifier, number, log_child=log_run, **more):
    """Log the children of the active run and return what `log_child` returned for each."""
    tag_ident = ident(test_identifier)
    log_current_run = partial(
        log_child,
        test_no=test_no,
        param1_choices=choices1,
        param2_choices=choices2,
        tag_ident=tag_ident,
        **more,
    )
    return list(starmap(log_current_run, ((name,) for name in generate_run_names(test_no, number))))


def log_best(metric1, param1, param2):
    """Log the best child's result to the active run, in one request."""
    MlflowClient().log_batch(
        mlflow.active_run().info.run_id,
        metrics=[Metric("best_metric1", metric1, int(time.time() * 1000), 0)],
        params=[Param("best_param1", str(param1)), Param("best_param2", str(param2))],
    )
