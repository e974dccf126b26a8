"""The starter of the notebook."""

import random

import mlflow

from helpers import simulate_trial


def log_run(run_name, test_no, param1_choices, param2_choices, tag_ident):
    """Log one child run under the active run."""
    with mlflow.start_run(run_name=run_name, nested=True):
        param1, param2 = random.choice(param1_choices), random.choice(param2_choices)
        metric1, metric2 = simulate_trial(param1, param2)
        mlflow.log_params({"param1": param1, "param2": param2})
        mlflow.log_metrics({"metric1": metric1, "metric2": metric2})
        mlflow.set_tag("test_identifier", tag_ident)
    # Tasks 1 and 2: who learns of these values?


def generate_run_names(test_no, num_runs=5):
    """Generate the names of a tuning's child runs."""
    return (f"run_{i}_test_{test_no}" for i in range(num_runs))


def execute_tuning(
    test_no,
    param1_choices=("a", "b", "c"),
    param2_choices=("d", "e", "f"),
    test_identifier="",
    # Task 3: one parameter more
):
    """Log one parent run with its child runs and return the parent's run id."""
    ident = test_identifier or "default"
    parent_name = f"parent_run_test_{ident}_{test_no}"
    with mlflow.start_run(run_name=parent_name) as parent:
        mlflow.set_tag("test_identifier", ident)
        for run_name in generate_run_names(test_no):
            log_run(run_name, test_no, param1_choices, param2_choices, ident)
        # Tasks 1 and 2: what does the parent run log?
    return parent.info.run_id
