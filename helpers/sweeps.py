"""Log sweeps as lesson 02 writes them out: a loop that logs child runs under a parent run.

The first three functions are adapted from MLflow's tutorial (Apache License 2.0): see NOTICE.
"""

import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import SupportsIndex, TypeVar

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from more_itertools import consume
from tqdm import tqdm

from helpers.failed_cell import end_leftover_runs
from helpers.simulated_trial import simulate_trial

T = TypeVar("T")
Choices = Sequence[object]


def log_run(
    run_name: str, test_no: int, param1_choices: Choices, param2_choices: Choices, tag_ident: str
) -> str:
    """Log one child run under the active run, in three requests, and return its run ID.

    Args:
        run_name: name of the child run.
        test_no: number of the sweep; the run's name carries it, so it is not logged.
        param1_choices: values to choose param1 from.
        param2_choices: values to choose param2 from.
        tag_ident: the test identifier.

    Raises:
        ValueError: no choices to choose from.
        RuntimeError: no run is active that could be the parent.
    """
    _check_choices(param1_choices=param1_choices, param2_choices=param2_choices)
    if mlflow.active_run() is None:
        raise RuntimeError(
            "log_run logs a child run, but no parent run is active. Call it within "
            "`with mlflow.start_run(run_name=…):`, as execute_tuning does."
        )
    param1, param2 = random.choice(param1_choices), random.choice(param2_choices)
    metric1, metric2 = simulate_trial(param1, param2)
    tags = {"test_identifier": tag_ident}
    with mlflow.start_run(run_name=run_name, nested=True, tags=tags) as child:
        # Five single calls would log the same, in five requests instead of one.
        params = [Param("param1", str(param1)), Param("param2", str(param2))]
        now = int(time.time() * 1000)
        metrics = [Metric("metric1", metric1, now, 0), Metric("metric2", metric2, now, 0)]
        MlflowClient().log_batch(child.info.run_id, metrics, params)
    return str(child.info.run_id)


def generate_run_names(test_no: int, num_runs: int = 5) -> Iterator[str]:
    """Generate the names of a sweep's child runs.

    Args:
        test_no: number of the sweep.
        num_runs: how many names.

    >>> list(generate_run_names(7, num_runs=2))
    ['run_0_test_7', 'run_1_test_7']
    """
    return (f"run_{i}_test_{test_no}" for i in range(num_runs))


def execute_tuning(
    test_no: int,
    param1_choices: Choices = ("a", "b", "c"),
    param2_choices: Choices = ("d", "e", "f"),
    test_identifier: str = "",
    num_child_runs: int = 5,
) -> str:
    """Log one parent run with its children in the active experiment; return the parent's run ID.

    First ends runs that an earlier cell left open.

    Args:
        test_no: number of the sweep; the runs' names carry it.
        param1_choices: values that each child chooses its param1 from.
        param2_choices: values that each child chooses its param2 from.
        test_identifier: value of the tag of that name, on the parent and the children; "default"
            if empty.
        num_child_runs: how many children, at least 1.

    Raises:
        ValueError: num_child_runs is not a whole number, or is less than 1; or there are no
            choices.
    """
    if not isinstance(num_child_runs, SupportsIndex) or num_child_runs < 1:
        raise ValueError(
            f"num_child_runs must be a whole number, 1 or more; got {num_child_runs!r}."
        )
    _check_choices(param1_choices=param1_choices, param2_choices=param2_choices)
    end_leftover_runs()
    ident = test_identifier or "default"
    tags = {"test_identifier": ident}
    with mlflow.start_run(run_name=f"parent_run_test_{ident}_{test_no}", tags=tags) as parent:
        log_current_run = partial(
            log_run,
            test_no=test_no,
            param1_choices=param1_choices,
            param2_choices=param2_choices,
            tag_ident=ident,
        )
        consume(map(log_current_run, generate_run_names(test_no, num_child_runs)))
    return str(parent.info.run_id)


def progress_bar(items: Iterable[T], unit: str = "sweep") -> Iterable[T]:
    """Iterate over `items` and show a progress bar whose last line is the same on every machine.

    Args:
        items: any iterable.
        unit: the noun for an item.
    """
    shape = "{l_bar}{bar:30}| {n_fmt}/{total_fmt} {unit}s"
    # With position 0, it is not drawn below one that an interrupt left open.
    return tqdm(items, unit=unit, bar_format=shape, file=sys.stdout, ascii=" #", position=0)


def _check_choices(**choices: object) -> None:
    for name, values in choices.items():
        if not isinstance(values, Sequence) or isinstance(values, str) or len(values) == 0:
            raise ValueError(
                f"{name} must be a list of values, such as ['a', 'b']; got {values!r}."
            )
