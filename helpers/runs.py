"""The shared logging functions: one child run, a parent run with its children, and their names.

They do what lesson 02 writes out in full. They may log to the active experiment and nothing else.
"""

from __future__ import annotations

import operator
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import starmap
from typing import TypeVar

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from more_itertools import consume
from tqdm import tqdm

from helpers import server, tracking

T = TypeVar("T")

# Mean of metric1 for each combination: lower is better. Seen one at a time, param1 speaks against
# "a" and param2 against "e"; together they are the best of the nine. Of x y z × u v w, param1 moves
# metric1 more than param2 does. Tuned so that 25 runs show it: lesson 04 holds for 4 seeds in 5.
MEANS = {
    ("a", "d"): 0.90, ("a", "e"): 0.08, ("a", "f"): 0.90,
    ("b", "d"): 0.22, ("b", "e"): 0.90, ("b", "f"): 0.18,
    ("c", "d"): 0.20, ("c", "e"): 0.90, ("c", "f"): 0.24,
    ("x", "u"): 0.25, ("x", "v"): 0.31, ("x", "w"): 0.37,
    ("y", "u"): 0.45, ("y", "v"): 0.51, ("y", "w"): 0.57,
    ("z", "u"): 0.65, ("z", "v"): 0.71, ("z", "w"): 0.77,
}  # fmt: skip
CONCENTRATION = 40  # of the beta distribution around each mean: its spread is 0.04 to 0.08


def simulate_trial(param1: object, param2: object) -> tuple[float, float]:
    """Draw the two metrics of one trial, as if a model had been trained with these parameters.

    metric1 follows a beta distribution around the mean of its combination (0.5 if MEANS has none),
    within 0 … 1, lower is better. metric2 is abs(gauss(5, 2.5)) whatever the parameters are.

    Args:
        param1: first parameter, such as "a".
        param2: second parameter, such as "d".

    >>> random.seed(1)
    >>> metric1, metric2 = simulate_trial("a", "e")
    >>> 0 <= metric1 <= 1 and metric2 >= 0
    True
    """
    mean = MEANS.get((str(param1), str(param2)), 0.5)
    metric1 = random.betavariate(mean * CONCENTRATION, (1 - mean) * CONCENTRATION)
    return metric1, abs(random.gauss(5, 2.5))


def log_run(
    run_name: str,
    test_no: int,
    param1_choices: Sequence[object],
    param2_choices: Sequence[object],
    tag_ident: str,
) -> str:
    """Log one child run under the active run, in three requests, and return its run id.

    `mlflow.start_run(nested=True)` with five single logging calls leaves the same run behind, with
    more requests; one `log_batch` takes parameters and metrics together.

    Args:
        run_name: name of the child run.
        test_no: number of the tuning; the run's name carries it, so it is not logged.
        param1_choices: values to choose param1 from.
        param2_choices: values to choose param2 from.
        tag_ident: the test identifier.

    Raises:
        ValueError: no choices to choose from.
        RuntimeError: no run is active that could be the parent.
    """
    del test_no
    _check_choices(param1_choices, "param1_choices")
    _check_choices(param2_choices, "param2_choices")
    parent = mlflow.active_run()
    if parent is None:
        raise RuntimeError(
            "log_run logs a child run, but no parent run is active. Call it within "
            "`with mlflow.start_run(run_name=…):`, as execute_tuning does."
        )
    param1, param2 = random.choice(param1_choices), random.choice(param2_choices)
    metric1, metric2 = simulate_trial(param1, param2)
    # What `start_run` would find out again for each child: user, source and their like.
    tags = {k: v for k, v in parent.data.tags.items() if k in _CONTEXT_TAGS}
    tags |= {"mlflow.parentRunId": parent.info.run_id, "test_identifier": tag_ident}
    client = MlflowClient()
    child = client.create_run(parent.info.experiment_id, tags=tags, run_name=run_name)
    now = int(time.time() * 1000)
    client.log_batch(
        child.info.run_id,
        metrics=[Metric("metric1", metric1, now, 0), Metric("metric2", metric2, now, 0)],
        params=[Param("param1", str(param1)), Param("param2", str(param2))],
    )
    client.set_terminated(child.info.run_id)
    return str(child.info.run_id)


_CONTEXT_TAGS = {
    "mlflow.user",
    "mlflow.source.name",
    "mlflow.source.type",
    "mlflow.source.git.commit",
}


def generate_run_names(test_no: int, num_runs: int = 5) -> Iterator[str]:
    """Generate the names of a tuning's child runs.

    Args:
        test_no: number of the tuning.
        num_runs: how many names.

    >>> list(generate_run_names(7, num_runs=2))
    ['run_0_test_7', 'run_1_test_7']
    """
    return (f"run_{i}_test_{test_no}" for i in range(num_runs))


def execute_tuning(
    test_no: int,
    param1_choices: Sequence[object] = ("a", "b", "c"),
    param2_choices: Sequence[object] = ("d", "e", "f"),
    test_identifier: str = "",
    num_child_runs: int = 5,
) -> str:
    """Log one parent run with its children in the active experiment; return the parent's run id.

    Args:
        test_no: number of the tuning; the runs' names carry it.
        param1_choices: values that each child chooses its param1 from.
        param2_choices: values that each child chooses its param2 from.
        test_identifier: value of the tag of that name, on the parent and the children; "default"
            if empty.
        num_child_runs: how many children, at least 1.

    Raises:
        TypeError: num_child_runs is not a whole number.
        ValueError: num_child_runs is below 1, or there are no choices to choose from.
        ServerUnreachable: the tracking server went away and did not come back in time.
    """
    num_child_runs = _check_count(num_child_runs)
    _check_choices(param1_choices, "param1_choices")
    _check_choices(param2_choices, "param2_choices")
    tracking.end_leftover_runs()
    ident = test_identifier or "default"
    log_child = partial(
        log_run,
        test_no=test_no,
        param1_choices=param1_choices,
        param2_choices=param2_choices,
        tag_ident=ident,
    )
    parent = None
    try:
        with mlflow.start_run(
            run_name=f"parent_run_test_{ident}_{test_no}", tags={"test_identifier": ident}
        ) as parent:
            consume(starmap(log_child, ((n,) for n in generate_run_names(test_no, num_child_runs))))
        return str(parent.info.run_id)
    except MlflowException as error:
        if server.server_status(tracking.tracking_uri()):
            raise
        if parent:
            tracking.unended.append((parent.info.run_id, parent.info.run_name))
        raise tracking.ServerUnreachable(
            "The tracking server went away during the tuning. What had finished is kept. Start it "
            "again, then call connect(): it ends the parent run as FAILED. Then tune again."
        ) from error


def progress(items: Iterable[T], unit: str = "tuning") -> Iterable[T]:
    """Go through `items` with a progress bar whose last line is the same on every machine.

    Args:
        items: what to go through.
        unit: what one item is.
    """
    shape = "{l_bar}{bar:30}| {n_fmt}/{total_fmt} {unit}s"
    bar: Iterable[T] = tqdm(items, unit=unit, bar_format=shape, file=sys.stdout, ascii=" #")
    return bar


def _check_choices(choices: Sequence[object], name: str) -> None:
    if not isinstance(choices, Sequence) or isinstance(choices, str) or len(choices) == 0:
        raise ValueError(
            f"{name} must be a list or tuple of at least one value, such as ['a', 'b']; "
            f"got {choices!r}."
        )


def _check_count(num_child_runs: int) -> int:
    try:
        count = operator.index(num_child_runs)
    except TypeError:
        count = None
    if count is None or isinstance(num_child_runs, bool):
        raise TypeError(f"num_child_runs must be a whole number; got {num_child_runs!r}.")
    if count < 1:
        raise ValueError(f"num_child_runs must be at least 1; got {count}.")
    return count
