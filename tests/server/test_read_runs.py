"""helpers.read_runs: parents, children and the best child, as the server has them."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from helpers import Experiment, best_child, children, execute_tuning, parents, show_tree
from helpers.tracking import prefixed

MORE_THAN_A_PAGE = 1_001  # MlflowClient.search_runs stops at 1,000 without a word


@pytest.fixture
def parent(experiment: Experiment) -> Run:
    with mlflow.start_run(run_name="parent") as run:
        return run


def log_child(parent: Run, status: str = "FINISHED", **metrics: float) -> str:
    client, tags = MlflowClient(), {"mlflow.parentRunId": parent.info.run_id}
    child = client.create_run(parent.info.experiment_id, tags=tags).info.run_id
    for name, value in metrics.items():
        client.log_metric(child, name, value)
    client.set_terminated(child, status)
    return child


def test_parents_are_the_runs_that_have_children_and_can_be_ranked(
    experiment: Experiment, parent: Run
) -> None:
    assert parents(experiment).empty  # nor is there any run with a parent
    log_child(parent)
    ids = [parent.info.run_id, execute_tuning(0), execute_tuning(1)]
    title = experiment.name.removeprefix(prefixed(""))
    assert list(parents(title)["run_id"]) == ids
    for run_id, value in zip(ids[:2], (0.4, 0.2), strict=True):
        MlflowClient().log_metric(run_id, "best", value)
    assert list(parents(experiment, rank_by="best")["run_id"]) == [ids[1], ids[0], ids[2]]
    with pytest.raises(LookupError, match="has a metric 'bes'"):
        parents(experiment, rank_by="bes")


def test_children_are_the_direct_ones_beyond_a_page_too_and_the_tree_counts_them(
    parent: Run,
) -> None:
    experiment_id, tags = parent.info.experiment_id, {"mlflow.parentRunId": parent.info.run_id}
    with ThreadPoolExecutor(4) as pool:
        for _ in range(MORE_THAN_A_PAGE):
            pool.submit(MlflowClient().create_run, experiment_id, tags=tags)
    family = children(parent.info.run_id)
    assert len(family) == MORE_THAN_A_PAGE
    assert family["start_time"].is_monotonic_increasing
    log_child(MlflowClient().get_run(family["run_id"][0]))  # a grandchild
    assert len(children(parent)) == MORE_THAN_A_PAGE
    lines = repr(show_tree(parent)).splitlines()
    assert lines[0] == "✓ parent (1,001 child runs)"
    assert len(lines) == 1 + 26 + 1  # with the grandchild
    assert lines[-1] == "└── … and 976 more child runs"


def test_the_best_child_has_the_lowest_finite_metric(parent: Run, sent: list[str]) -> None:
    for value in (math.nan, math.inf, -math.inf):
        log_child(parent, metric1=value)
    for value in (-5.0, 5.0):
        log_child(parent, status="FAILED", metric1=value)
    with pytest.raises(LookupError, match="5 children, 3 finished; metrics: metric1"):
        best_child(parent)
    best, worst = log_child(parent, metric1=-0.2, metric2=9.0), log_child(parent, metric1=0.7)
    other = log_child(parent, metric2=0.1)
    sent.clear()
    assert best_child(parent).info.run_id == best
    assert len(sent) == 1
    assert best_child(parent.info.run_id, "metric2").info.run_id == other
    assert best_child(parent, direction="maximize").info.run_id == worst
    for run_id in ("0" * 32, "no run id", ""):
        with pytest.raises(LookupError, match=f"no run '{run_id}'"):
            best_child(run_id)
    with pytest.raises(ValueError, match='"minimize" or "maximize"; got \'max\''):
        best_child(parent, direction="max")
