"""helpers.runs: what is logged, in how many requests, and what is refused before anything is."""

from __future__ import annotations

import random
from collections.abc import Callable

import mlflow
import pytest

from helpers import Experiment, children, execute_tuning, log_run, parents


def test_a_tuning_leaves_a_parent_and_its_children(
    experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    mlflow.start_run(run_name="left")
    parent_id = execute_tuning(3, ["a", "b"], ["d"], "subset_test", num_child_runs=7)
    assert "'left' was left active by an earlier cell: ended as FAILED" in capsys.readouterr().out
    found = parents(experiment)
    assert list(found["run_id"]) == [parent_id]
    assert found["tags.mlflow.runName"][0] == "parent_run_test_subset_test_3"
    assert found["tags.test_identifier"][0] == "subset_test"
    assert found["status"][0] == "FINISHED"
    assert not [column for column in found if column.startswith("metrics.")]  # the challenge

    family = children(parent_id)
    assert list(family["tags.mlflow.runName"]) == [f"run_{i}_test_3" for i in range(7)]
    assert set(family["status"]) == {"FINISHED"}
    assert set(family["tags.test_identifier"]) == {"subset_test"}
    assert set(family["params.param1"]) <= {"a", "b"}
    assert set(family["params.param2"]) == {"d"}
    assert family["metrics.metric1"].between(0, 1).all()
    assert (family["metrics.metric2"] >= 0).all()
    assert list(family["tags.mlflow.user"]) == list(found["tags.mlflow.user"]) * 7


def test_the_defaults_are_the_original_ones_and_a_seed_repeats_the_numbers(
    experiment: Experiment,
) -> None:
    families = []
    for _ in range(2):
        random.seed(5)
        families.append(children(execute_tuning(0)))
    columns = ["params.param1", "params.param2", "metrics.metric1", "metrics.metric2"]
    first, second = families
    assert second[columns].equals(first[columns])
    assert len(first) == 5
    assert set(first["tags.test_identifier"]) == {"default"}
    assert set(first["params.param1"]) <= set("abc")
    assert set(first["params.param2"]) <= set("def")


def test_a_child_takes_three_requests(experiment: Experiment, sent: list[str]) -> None:
    with mlflow.start_run():
        sent.clear()
        log_run("run_0_test_0", 0, ["a"], ["d"], "default")
        assert [path.rsplit("/", 1)[-1] for path in sent] == ["create", "log-batch", "update"]


BAD_CALLS: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: execute_tuning(0, num_child_runs=0), ValueError, "at least 1; got 0"),
    (lambda: execute_tuning(0, num_child_runs=2.5), TypeError, "whole number; got 2.5"),
    (lambda: execute_tuning(0, num_child_runs="5"), TypeError, "whole number; got '5'"),
    (lambda: execute_tuning(0, num_child_runs=True), TypeError, "whole number; got True"),
    (lambda: execute_tuning(0, []), ValueError, "param1_choices must be .* got \\[\\]"),
    (lambda: execute_tuning(0, ["a"], "def"), ValueError, "param2_choices .* got 'def'"),
    (lambda: execute_tuning(0, {"a"}), ValueError, "param1_choices must be a list"),
    (lambda: log_run("r", 0, ["a"], ["d"], "x"), RuntimeError, "no parent run is active"),
]


def test_bad_input_is_refused_before_anything_is_logged(experiment: Experiment) -> None:
    for call, error, sentence in BAD_CALLS:
        with pytest.raises(error, match=sentence):
            call()
    assert mlflow.search_runs([experiment.experiment_id]).empty


def test_a_tuning_that_fails_ends_its_parent_as_failed(experiment: Experiment) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        execute_tuning(0, [Unprintable()])
    assert set(mlflow.search_runs([experiment.experiment_id])["status"]) == {"FAILED"}
