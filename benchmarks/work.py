"""The work of the course, 270 runs at size 5, logged in the original's way and in the course's."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import starmap

Work = Callable[[int], object]
Space = tuple[Sequence[str], Sequence[str]]

FLAT, NESTED = "No Child Runs", "Nested Child Association"
CHALLENGE, CHALLENGE_CHILDREN = "Parent Child Association Challenge", 25
BROAD: Space = (["a", "b", "c"], ["d", "e", "f"])
XYZ: Space = (["x", "y", "z"], ["u", "v", "w"])
SUBSET: Space = (["a", "b"], ["d", "f"])
# The three tunings of the nested experiment: test identifier and search space.
TUNINGS: list[tuple[str, Space]] = [
    ("default", XYZ),
    ("params_test_2", XYZ),
    ("params_test_3", (["b", "c"], ["d", "f"])),
]


def names(test_no: int, number: int = 5) -> list[tuple[str]]:
    return [(f"run_{i}_test_{test_no}",) for i in range(number)]


def single_calls(
    name: str, space: Space, ident: str = "", nested: bool = True
) -> tuple[float, str, str]:
    """Log one run as the original does: each parameter, metric and tag in a call of its own."""
    import mlflow

    with mlflow.start_run(run_name=name, nested=nested):
        metric1, param1, param2 = random.random(), random.choice(space[0]), random.choice(space[1])
        mlflow.log_param("param1", param1)
        mlflow.log_param("param2", param2)
        mlflow.log_metric("metric1", metric1)
        mlflow.log_metric("metric2", abs(random.gauss(5, 2.5)))
        if ident:
            mlflow.set_tag("test_identifier", ident)
    return metric1, param1, param2


def single_calls_tuning(
    test_no: int, space: Space, ident: str = "default", number: int = 5, best: bool = False
) -> None:
    """Log a parent with its children as the original does, and the best child if asked to."""
    import mlflow

    with mlflow.start_run(run_name=f"parent_run_test_{ident}_{test_no}"):
        mlflow.set_tag("test_identifier", ident)
        log_child = partial(single_calls, space=space, ident=ident)
        metric1, param1, param2 = min(starmap(log_child, names(test_no, number)))
        if best:
            mlflow.log_metric("best_metric1", metric1)
            mlflow.log_param("best_param1", param1)
            mlflow.log_param("best_param2", param2)


def flat_runs(size: int) -> None:
    for test_no in [*range(size), *range(size)]:
        for (name,) in names(test_no):
            single_calls(name, BROAD, nested=False)


def original() -> Work:
    """The same calls to MLflow as the original tutorial's, in the same order."""
    import mlflow

    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])

    def work(size: int) -> None:
        mlflow.set_experiment(FLAT)
        flat_runs(size)
        mlflow.set_experiment(NESTED)
        for ident, space in TUNINGS:
            for test_no in range(size):
                single_calls_tuning(test_no, space, ident)
        mlflow.set_experiment(CHALLENGE)
        for test_no in range(size):
            single_calls_tuning(test_no, SUBSET, "subset_test", CHALLENGE_CHILDREN, best=True)

    return work


def course() -> Work:
    """The same runs through `execute_tuning` and `log_run`; flat ones have one parent a go."""
    import mlflow

    from helpers import connect, log_run

    def work(size: int) -> None:
        connect(FLAT)
        for _ in range(2):
            with mlflow.start_run():  # log_run logs child runs only
                for test_no in range(size):
                    for (name,) in names(test_no):
                        log_run(name, test_no, *BROAD, "default")
        connect(NESTED)
        tune(size, TUNINGS)
        challenge(size)

    return work


def lessons() -> Work:
    """The same runs as the lessons log them: the first 80 by single calls, written out in full."""
    from helpers import connect

    def work(size: int) -> None:
        connect(FLAT)
        flat_runs(size)
        connect(NESTED)
        for test_no in range(size):
            single_calls_tuning(test_no, XYZ)
        tune(size, TUNINGS[1:])
        challenge(size)

    return work


def tune(size: int, tunings: list[tuple[str, Space]]) -> None:
    from helpers import execute_tuning

    for ident, space in tunings:
        for test_no in range(size):
            execute_tuning(test_no, *space, ident)


def challenge(size: int) -> None:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    from helpers import best_child, connect, execute_tuning

    connect(CHALLENGE)
    for test_no in range(size):
        parent_id = execute_tuning(test_no, *SUBSET, "subset_test", CHALLENGE_CHILDREN)
        best = best_child(parent_id)
        MlflowClient().log_batch(
            parent_id,
            metrics=[Metric("best_metric1", best.data.metrics["metric1"], best.info.end_time, 0)],
            params=[Param(f"best_{name}", value) for name, value in best.data.params.items()],
        )
