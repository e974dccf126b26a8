"""helpers.tree and helpers.forest: the run tree as the server has it, read and shown."""

from __future__ import annotations

import math
import random
import re
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from helpers import Experiment, best_child, children, execute_tuning, parents, show_tree
from helpers.tracking import prefixed

MORE_THAN_A_PAGE = 1_001  # MlflowClient.search_runs stops at 1,000 without a word


def log_child(parent: Run, status: str = "FINISHED", **metrics: float) -> str:
    client, tags = MlflowClient(), {"mlflow.parentRunId": parent.info.run_id}
    child = client.create_run(parent.info.experiment_id, tags=tags).info.run_id
    for name, value in metrics.items():
        client.log_metric(child, name, value)
    client.set_terminated(child, status)
    return child


@pytest.fixture
def parent(experiment: Experiment) -> Run:
    with mlflow.start_run(run_name="parent") as run:
        return run


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
    client, tags = MlflowClient(), {"mlflow.parentRunId": parent.info.run_id}
    with ThreadPoolExecutor(4) as pool:
        made = [
            pool.submit(client.create_run, parent.info.experiment_id, tags=tags)
            for _ in range(MORE_THAN_A_PAGE)
        ]
    ids = {child.result().info.run_id for child in made}
    log_child(made[0].result())  # a grandchild
    family = children(parent.info.run_id)
    assert set(family["run_id"]) == ids
    assert family["start_time"].is_monotonic_increasing
    shown, last = show_tree(parent), "… and 976 more child runs"
    lines = repr(shown).splitlines()
    assert (len(lines), lines[0]) == (1 + 26 + 1, "✓ parent (1,001 child runs)")  # 26: a grandchild
    assert lines[-1] == f"└── {last}"
    assert f"<li>{last}</li>" in shown._repr_html_()


def test_the_best_child_has_the_lowest_finite_metric_or_an_error_says_why_there_is_none(
    parent: Run, sent: list[str]
) -> None:
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


SWEEP = """
✓ parent_run_test_default_7 (5 child runs)
├── ✓ run_0_test_7  param1=a, param2=f  metric1=0.943  ██████████
├── ✓ run_1_test_7  param1=a, param2=d  metric1=0.914  ██████████
├── ✓ run_2_test_7  param1=a, param2=f  metric1=0.933  ██████████
├── ✓ run_3_test_7  param1=a, param2=f  metric1=0.917  ██████████
└── ✓ run_4_test_7  param1=b, param2=f  metric1=0.192  ██
"""


def text_in(html: str) -> list[str]:
    """What a screen reader reads of each run: no tags, and labels in place of symbols."""
    labeled = re.sub(r'<span role="img" aria-label="(\w+)">.*?</span>', r"\1", html)
    items = re.findall(r"<li>(?:<details[^>]*><summary>)?(.*?)(?=</?li>|</summary>)", labeled)
    return [re.sub(r"\s+|<.*?>|&ensp;", " ", item) for item in items]


def test_the_same_sweep_is_shown_alike_each_time(experiment: Experiment) -> None:
    shown = set()
    for _ in range(2):
        random.seed(1)
        tree = show_tree(execute_tuning(7))
        shown.add((repr(tree), tree._repr_html_()))
    [(text, html)] = shown
    assert text == SWEEP.strip()
    assert len(text_in(html)) == 6
    assert html.count("<details open>") == html.count("<summary>") == 1
    first = ["FINISHED", "run_0_test_7", "param1=a,", "param2=f", "metric1=0.943"]
    assert text_in(html)[1].split() == first


def test_a_tree_has_grandchildren_orphans_and_every_status(experiment: Experiment) -> None:
    with mlflow.start_run(run_name="study") as study:
        for name, value in (("sweep 0", 3.0), ("sweep 1", -1.0)):
            with mlflow.start_run(run_name=name, nested=True) as sweep:
                mlflow.log_metric("best_loss", value)
                for status in ("FINISHED", "FAILED", "KILLED"):
                    child = log_child(sweep, status, loss=value)
                    MlflowClient().set_tag(child, "mlflow.runName", status.lower())
        running = repr(show_tree(study, "loss"))
    assert running.splitlines() == [
        "… RUNNING study (2 child runs)",
        "├── ✓ sweep 0 (3 child runs)    best_loss=3.000   ██████████",
        "│   ├── ✓ finished         loss=3.000  ██████████",
        "│   ├── ✗ FAILED failed    loss=3.000  ██████████",
        "│   └── ■ KILLED killed    loss=3.000  ██████████",
        "└── ✓ sweep 1 (3 child runs)    best_loss=-1.000",
        "    ├── ✓ finished         loss=-1.000",
        "    ├── ✗ FAILED failed    loss=-1.000",
        "    └── ■ KILLED killed    loss=-1.000",
    ]
    mlflow.delete_run(sweep.info.run_id)
    whole = repr(show_tree(experiment, "loss", limit=3)).splitlines()
    assert [line.split("  ")[0] for line in whole] == [
        "■ KILLED killed (orphan)",  # newest first
        "✗ FAILED failed (orphan)",
        "✓ finished (orphan)",
        "… and 1 more run",
    ]
    assert repr(show_tree(sweep)).startswith("✓ sweep 1 (deleted, 3 child runs)")


def test_what_others_have_named_stays_text(experiment: Experiment) -> None:
    with mlflow.start_run(run_name="<b>bold</b>\n\x1b[31m" + "long" * 20) as run:
        mlflow.log_params({f"p{n}": "<script>" for n in range(6)})
        mlflow.log_metric("a/b", math.inf)
    tree = show_tree([run.info.run_id], metric="a/b")
    assert repr(tree) == (
        "✓ <b>bold</b>��[31mlonglonglonglonglonglo…  "
        "p0=<script>, p1=<script>, p2=<script>, p3=<script>, … and 2 more parameters  a/b=inf"
    )
    assert set(re.findall(r"<(\w+)", tree._repr_html_())) == {"ul", "li", "span"}


def test_a_tree_ends_even_if_runs_are_each_others_parents(experiment: Experiment) -> None:
    names = ("alone", "first", "second")
    alone, first, second = (
        MlflowClient().create_run(experiment.experiment_id, run_name=name) for name in names
    )
    for child, parent in ((alone, alone), (first, second), (second, first)):
        key = "mlflow.parentRunId"
        MlflowClient().set_tag(child.info.run_id, key, parent.info.run_id)
    assert repr(show_tree(experiment)) == "… RUNNING alone"
    assert repr(show_tree(first)) == "… RUNNING first (1 child run)\n└── … RUNNING second"


def test_nothing_to_show_is_said_and_a_wrong_call_refused(experiment: Experiment) -> None:
    for nothing in (experiment, []):
        assert repr(show_tree(nothing)) == "There are no runs."
        assert show_tree(nothing)._repr_html_() == "<p>There are no runs.</p>"
    with pytest.raises(LookupError, match="no run 'x'"):
        show_tree("x")
    with pytest.raises(ValueError, match="limit must be 1 or more; got 0"):
        show_tree(experiment, limit=0)
