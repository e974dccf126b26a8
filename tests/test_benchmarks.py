"""benchmarks: what is compared is the same, and what is reported says so when a goal is not met."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from benchmarks import work
from benchmarks.processes import Worker
from benchmarks.report import Goal, Section, write
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
        case()(1)
        found.append([logged(getattr(work, name)) for name in EXPERIMENTS])
    (flat, *nested), (flat_of_course, *nested_of_course) = found
    assert [len(runs) for runs in (flat, *nested)] == [10, 18, 3]
    for original, course in zip(nested, nested_of_course, strict=True):
        pd.testing.assert_frame_equal(original, course)
    children = flat_of_course[flat_of_course["parent"].notna()].reset_index(drop=True)
    same = [column for column in flat if column not in {"parent", "tags.test_identifier"}]
    pd.testing.assert_frame_equal(flat[same], children[same])


def test_a_peer_that_is_not_installed_is_named(tracking_uri: str, tmp_path: Path) -> None:
    with Worker("children.optuna_callback", tracking_uri, tmp_path) as worker:
        assert worker.prepare() == (None if find_spec("optuna") else "optuna")


def test_a_goal_that_is_not_met_says_why(tmp_path: Path) -> None:
    goals = [Goal("fast", "3 times", met=False, reason="it is slow"), Goal("short", "2", met=True)]
    section = Section("1. Speed", "Measured.", [(["what", "ms"], [["a child", "27.1"]])], goals)
    write(tmp_path / "RESULTS.md", [section], "make bench", 1)
    text = (tmp_path / "RESULTS.md").read_text()
    assert "| fast | 3 times | **not met**: it is slow |\n| short | 2 | met |" in text
    assert "## 1. Speed\n\nMeasured.\n\n| what | ms |\n| --- | ---: |\n| a child | 27.1 |" in text
    assert str(Path.home()) not in text
