"""tools.bench compares what leaves the same runs behind."""

from __future__ import annotations

import mlflow
import pandas as pd
import pytest

from helpers import Experiment
from tools import bench


def left_behind(experiment: str) -> pd.DataFrame:
    """What is the same however the runs were logged: all but numbers, ids and times."""
    runs = mlflow.search_runs(experiment_names=[experiment]).set_index("run_id")
    names = runs["tags.mlflow.runName"]
    found = runs[["status", "tags.test_identifier"]]
    found = found.assign(name=names, parent=runs["tags.mlflow.parentRunId"].map(names))
    values = runs.filter(regex="^(params|metrics)").notna()
    return found.join(values).sort_values(["name", "parent"]).reset_index(drop=True)


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
