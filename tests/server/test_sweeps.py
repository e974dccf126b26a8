"""helpers.sweeps: what is logged, in how many requests, and what is refused before anything is."""

from __future__ import annotations

import random

import mlflow
import pandas as pd
import pytest

from helpers import Experiment, children, execute_tuning, log_run
from tools import bench


def left_behind(experiment: str) -> pd.DataFrame:
    """What is the same however the runs were logged: all but numbers, ids and times."""
    runs = mlflow.search_runs(experiment_names=[experiment]).set_index("run_id")
    names = runs["tags.mlflow.runName"]
    columns = runs[["status", "tags.mlflow.user", "tags.test_identifier"]]
    columns = columns.assign(name=names, parent=runs["tags.mlflow.parentRunId"].map(names))
    values = runs.filter(regex="^(params|metrics)").notna()
    return columns.join(values).sort_values(["name", "parent"]).reset_index(drop=True)


def test_a_tuning_leaves_what_the_original_leaves(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "TUNINGS", [("default", bench.XYZ, 2), bench.TUNINGS[2]])
    monkeypatch.setenv("EXPERIMENT_PREFIX", "")  # this name has it already
    logged = []
    for log_tunings in (bench.original, bench.course):
        monkeypatch.setattr(bench, "EXPERIMENT", f"{experiment.name} {log_tunings.__name__}")
        log_tunings()
        logged.append(left_behind(bench.EXPERIMENT))
    assert len(logged[0]) == 2 + 7
    pd.testing.assert_frame_equal(*logged)


def test_a_seed_repeats_the_numbers_and_a_child_takes_three_requests(
    experiment: Experiment, sent: list[str]
) -> None:
    columns = ["params.param1", "params.param2", "metrics.metric1", "metrics.metric2"]
    families = []
    for _ in range(2):
        random.seed(5)
        parent_id = execute_tuning(0)
        asked = [path.rsplit("/", 1)[-1] for path in sent if "/runs/" in path]
        assert asked[-16:] == [*["create", "log-batch", "update"] * 5, "update"]
        families.append(children(parent_id)[columns])
    pd.testing.assert_frame_equal(*families)


BAD_CALLS = [
    (lambda: execute_tuning(0, num_child_runs=0), ValueError, "whole number, 1 or more; got 0"),
    (lambda: execute_tuning(0, num_child_runs=2.5), ValueError, "whole number.* got 2.5"),
    (lambda: execute_tuning(0, []), ValueError, "param1_choices must be .* got \\[\\]"),
    (lambda: execute_tuning(0, ["a"], "def"), ValueError, "param2_choices .* got 'def'"),
    (lambda: execute_tuning(0, {"a"}), ValueError, "param1_choices must be a list"),
    (lambda: log_run("r", 0, ["a"], ["d"], "x"), RuntimeError, "no parent run is active"),
]


def test_bad_input_is_refused_before_anything_is_logged(experiment: Experiment) -> None:
    for call, error, sentence in BAD_CALLS:
        with pytest.raises(error, match=sentence):
            call()
    assert mlflow.search_runs().empty
