"""helpers.tree: the run tree as the server has it, whole, and never an empty answer."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric
from more_itertools import consume

from helpers import Experiment, best_child, children, execute_tuning, parents
from helpers.tracking import prefixed

MORE_THAN_A_PAGE = 1_050  # MlflowClient.search_runs stops at 1,000 without a word


def log_child(parent: mlflow.entities.Run, status: str = "FINISHED", **metrics: float) -> str:
    client = MlflowClient()
    tags = {"mlflow.parentRunId": parent.info.run_id}
    child = client.create_run(parent.info.experiment_id, tags=tags)
    for name, value in metrics.items():
        client.log_metric(child.info.run_id, name, value)
    client.set_terminated(child.info.run_id, status)
    return child.info.run_id


@pytest.fixture
def parent(experiment: Experiment) -> mlflow.entities.Run:
    with mlflow.start_run(run_name="parent") as run:
        return run


def test_parents_are_the_runs_that_have_children_and_can_be_ranked(
    experiment: Experiment,
) -> None:
    assert parents(experiment, test_identifier="x").empty  # nor is there any run
    with mlflow.start_run(run_name="flat"):
        pass
    assert parents(experiment).empty
    with mlflow.start_run(), mlflow.start_run(nested=True):
        pass
    (untagged,) = parents(experiment)["run_id"]
    found = parents(experiment, test_identifier="x")  # a tag that no run has
    assert found.empty
    assert set(parents(experiment).columns) <= set(found.columns)

    ids = [untagged, execute_tuning(0), execute_tuning(1, test_identifier="other")]
    title = experiment.name.removeprefix(prefixed(""))
    for same in (experiment, title, mlflow.get_experiment(experiment.experiment_id)):
        assert list(parents(same)["run_id"]) == ids
    assert list(parents(experiment, test_identifier="other")["run_id"]) == ids[2:]

    for run_id, value in zip(ids[:2], (0.4, 0.2), strict=True):
        MlflowClient().log_metric(run_id, "best_metric1", value)
    ranked = parents(experiment, rank_by="best_metric1")
    assert list(ranked["run_id"]) == [ids[1], ids[0], ids[2]]
    ranked = parents(experiment, rank_by="best_metric1", direction="maximize")
    assert list(ranked["run_id"]) == ids
    for given in ({"rank_by": "best"}, {"rank_by": "best_metric1", "test_identifier": "x"}):
        with pytest.raises(LookupError, match=f"has a metric '{given['rank_by']}'"):
            parents(experiment, **given)


def test_children_are_the_direct_ones_beyond_a_page_too(
    parent: mlflow.entities.Run,
) -> None:
    client = MlflowClient()
    tags = {"mlflow.parentRunId": parent.info.run_id}
    names = {f"run_{number}" for number in range(MORE_THAN_A_PAGE)}

    def create(name: str) -> None:
        client.create_run(parent.info.experiment_id, tags=tags, run_name=name)

    with ThreadPoolExecutor(8) as pool:
        consume(pool.map(create, names))
    log_child(client.get_run(children(parent)["run_id"][0]))  # a grandchild
    family = children(parent.info.run_id)
    assert len(family) == MORE_THAN_A_PAGE
    assert set(family["tags.mlflow.runName"]) == names
    assert family["start_time"].is_monotonic_increasing


def test_a_child_in_another_experiment_is_left_out_with_a_warning(
    experiment: Experiment, parent: mlflow.entities.Run
) -> None:
    mlflow.set_experiment(f"{experiment.name}, elsewhere")
    with mlflow.start_run(parent_run_id=parent.info.run_id):
        pass
    with pytest.warns(UserWarning, match="another experiment, left out: 1"):
        assert children(parent).empty
    here = log_child(parent)
    with pytest.warns(UserWarning, match="another experiment, left out: 1"):
        assert list(children(parent)["run_id"]) == [here]


def test_the_best_child_has_the_lowest_finite_metric_or_an_error_says_why_there_is_none(
    parent: mlflow.entities.Run, sent: list[str]
) -> None:
    with pytest.raises(LookupError, match=r"no finished child .* 0 children"):
        best_child(parent)
    now = int(time.time() * 1000)
    for value in (math.nan, math.inf, -math.inf):
        bad = log_child(parent)
        MlflowClient().log_batch(bad, metrics=[Metric("metric1", value, now, 0)])
    for value in (-5.0, 5.0):
        log_child(parent, status="FAILED", metric1=value)
    with pytest.raises(LookupError, match="5 children, 3 finished; metrics: metric1"):
        best_child(parent)

    log_child(parent, metric1=0.7)
    best = log_child(parent, metric1=-0.2, metric2=9.0)
    log_child(parent, metric2=0.1)
    sent.clear()
    assert best_child(parent).info.run_id == best
    assert len(sent) == 1
    assert best_child(parent.info.run_id).data.metrics["metric1"] == -0.2
    assert best_child(parent, "metric2").data.metrics["metric2"] == 0.1
    assert best_child(parent, direction="maximize").data.metrics["metric1"] == 0.7
    with pytest.raises(LookupError, match="finite 'metric9'"):
        best_child(parent, "metric9")
    with pytest.raises(ValueError, match='"minimize" or "maximize"; got \'max\''):
        best_child(parent, direction="max")


def test_a_parent_that_does_not_exist_is_named(experiment: Experiment) -> None:
    for run_id in ("0" * 32, "no run id", ""):
        for read in (children, best_child):
            with pytest.raises(LookupError, match=f"no run '{run_id}'"):
                read(run_id)
