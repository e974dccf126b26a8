"""benchmarks: what is compared is the same, and what is reported says so when a goal is not met."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from benchmarks import work
from benchmarks.children import optuna_callback
from benchmarks.processes import worker
from benchmarks.report import markdown
from helpers import Experiment

EXPERIMENTS = ("FLAT", "NESTED", "CHALLENGE")
LEFT_BEHIND = ["status", "tags.mlflow.runName", "tags.test_identifier"]


def logged(experiment: str) -> pd.DataFrame:
    """What is the same however the runs were logged: all but numbers, ids and times."""
    runs = mlflow.search_runs(experiment_names=[experiment])
    names = runs.set_index("run_id")["tags.mlflow.runName"]
    values = [column for column in runs if column.startswith(("params.", "metrics."))]
    found = runs.reindex(columns=LEFT_BEHIND)
    found["parent"] = runs.reindex(columns=["tags.mlflow.parentRunId"]).squeeze().map(names)
    found[values] = runs[values].notna()
    return found.sort_values(list(found)).reset_index(drop=True)


def test_the_course_logs_what_the_original_logs(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "CHALLENGE_CHILDREN", 2)
    monkeypatch.setenv("EXPERIMENT_PREFIX", "")  # these names have it already
    found = []
    for case in (work.original, work.course):
        for name in EXPERIMENTS:
            monkeypatch.setattr(work, name, f"{experiment.name} {case.__name__} {name}")
        case(1)
        found.append([logged(getattr(work, name)) for name in EXPERIMENTS])
    (flat, *nested), (flat_of_course, *nested_of_course) = found
    assert [len(runs) for runs in (flat, *nested)] == [10, 18, 3]
    for original, course in zip(nested, nested_of_course, strict=True):
        pd.testing.assert_frame_equal(original, course)
    children = flat_of_course[flat_of_course["parent"].notna()].reset_index(drop=True)
    same = [column for column in flat if column not in {"parent", "tags.test_identifier"}]
    pd.testing.assert_frame_equal(flat[same], children[same])


def test_a_peer_that_is_not_installed_is_named(experiment: Experiment) -> None:
    with worker(mlflow.get_tracking_uri()) as measure:
        measure(mlflow.set_experiment, experiment.name)
        if find_spec("optuna_integration"):
            assert measure(optuna_callback, 1)["requests"] > 0
        else:
            with pytest.raises(ModuleNotFoundError, match="optuna_integration"):
                measure(optuna_callback, 1)


def test_the_results_say_why_a_goal_is_not_met() -> None:
    names = ["total", "pytest", "kernel", "first_cell", "other_cells"]
    checks = {
        "rows": pd.DataFrame([[5, 2, 0.7, 1.26, 1]], columns=names, index=["01_flat_runs"]),
        "cells": pd.Series({"`import helpers`": 0.03, "`import mlflow`": 1.44}),
        "lessons": 6,
        "together": 44.7,
        "lab": 15.1,
    }
    text = markdown("results", {"checks": checks}, command="make bench", minutes=1, now="today")
    assert "| nbval over the 6 lessons within 45 s, the server up | 45 s | met |\n" in text
    assert "| 15.1 s | **not met**: JupyterLab itself starts no sooner |\n" in text
    assert "\n| 01_flat_runs | 5.0 | 2.0 | 0.7 | 1.3 | 1.0 |\n\n| first cell | s |\n" in text
    assert str(Path.home()) not in text
