"""tools.bench: what it compares leaves the same runs behind, and its page says what it measured."""

from __future__ import annotations

import mlflow
import pandas as pd
import pytest

from helpers import Experiment
from tools import bench

LEFT_BEHIND = ["status", "tags.mlflow.runName", "tags.test_identifier"]


def left_behind(experiment: str) -> pd.DataFrame:
    """What is the same however the runs were logged: all but numbers, ids and times."""
    runs = mlflow.search_runs(experiment_names=[experiment])
    names = runs.set_index("run_id")["tags.mlflow.runName"]
    values = [column for column in runs if column.startswith(("params.", "metrics."))]
    found = runs[LEFT_BEHIND].assign(parent=runs["tags.mlflow.parentRunId"].map(names))
    found[values] = runs[values].notna()
    return found.sort_values(list(found)).reset_index(drop=True)


def test_the_course_logs_what_the_original_logs(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "TUNINGS", [("default", bench.XYZ, 2), bench.TUNINGS[2]])
    monkeypatch.setenv("EXPERIMENT_PREFIX", "")  # this name has it already
    found = []
    for case in (bench.original, bench.course):
        monkeypatch.setattr(bench, "EXPERIMENT", f"{experiment.name} {case.__name__}")
        case()
        found.append(left_behind(bench.EXPERIMENT))
    assert len(found[0]) == 2 + 7
    pd.testing.assert_frame_equal(*found)


def test_the_ratio_is_that_of_each_turn_and_stand_ins_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = bench.Line("a; b", [1.0, 2.0, 4.0], [3.0, 4.0, 40.0])
    assert line.markdown() == "| a; b | 2 s | 4 s | 3 |"
    monkeypatch.setattr(bench, "engine_runs", lambda: True)
    for images, said in (([], False), (["postgres:17"], True)):
        monkeypatch.setattr(bench, "stand_ins", lambda images=images: images)
        page = bench.page([line], 9.6)
        assert "in 10 minutes" in page
        assert line.markdown() in page
        assert ("stands in for these images: postgres:17" in page) == said
