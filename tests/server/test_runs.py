"""helpers.runs: what is logged, in how many requests, and what is refused before anything is."""

from __future__ import annotations

import random
from collections.abc import Callable

import mlflow
import pytest

from helpers import Experiment, children, execute_tuning, log_run, parents


def test_a_tuning_leaves_a_parent_and_its_children(experiment: Experiment) -> None:
    parent_id = execute_tuning(3, ["a", "b"], ["d"], "subset_test", num_child_runs=7)
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


def test_the_defaults_are_the_original_ones(experiment: Experiment) -> None:
    family = children(execute_tuning(0))
    assert len(family) == 5
    assert set(family["tags.test_identifier"]) == {"default"}
    assert set(family["params.param1"]) <= set("abc")
    assert set(family["params.param2"]) <= set("def")


def test_a_seed_makes_the_numbers_repeatable(experiment: Experiment) -> None:
    columns = ["params.param1", "params.param2", "metrics.metric1", "metrics.metric2"]
    random.seed(5)
    first = children(execute_tuning(0))[columns]
    random.seed(5)
    assert children(execute_tuning(0))[columns].equals(first)


def test_a_child_takes_three_requests(experiment: Experiment, sent: list[str]) -> None:
    with mlflow.start_run():
        sent.clear()
        log_run("run_0_test_0", 0, ["a"], ["d"], "default")
        assert [path.rsplit("/", 1)[-1] for path in sent] == ["create", "log-batch", "update"]


BAD_CALLS: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "none": (lambda: execute_tuning(0, num_child_runs=0), ValueError, "at least 1; got 0"),
    "negative": (lambda: execute_tuning(0, num_child_runs=-2), ValueError, "at least 1; got -2"),
    "half": (lambda: execute_tuning(0, num_child_runs=2.5), TypeError, "whole number; got 2.5"),
    "text": (lambda: execute_tuning(0, num_child_runs="5"), TypeError, "whole number; got '5'"),
    "truth": (lambda: execute_tuning(0, num_child_runs=True), TypeError, "whole number; got True"),
    "empty": (lambda: execute_tuning(0, []), ValueError, "param1_choices must be .* got \\[\\]"),
    "word": (lambda: execute_tuning(0, ["a"], "def"), ValueError, "param2_choices .* got 'def'"),
    "set": (lambda: execute_tuning(0, {"a"}), ValueError, "param1_choices must be a list"),
    "orphan": (lambda: log_run("r", 0, ["a"], ["d"], "x"), RuntimeError, "no parent run is active"),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_bad_input_is_refused_before_anything_is_logged(experiment: Experiment, case: str) -> None:
    call, error, sentence = BAD_CALLS[case]
    with pytest.raises(error, match=sentence):
        call()
    assert mlflow.search_runs([experiment.experiment_id]).empty


def test_a_run_left_active_does_not_stop_a_tuning(
    experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    mlflow.start_run(run_name="left")
    parent_id = execute_tuning(0)
    assert "'left' was left active by an earlier cell: ended as FAILED" in capsys.readouterr().out
    assert "mlflow.parentRunId" not in mlflow.get_run(parent_id).data.tags


def test_a_tuning_that_fails_ends_its_parent_as_failed(experiment: Experiment) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        execute_tuning(0, [Unprintable()])
    assert set(mlflow.search_runs([experiment.experiment_id])["status"]) == {"FAILED"}
