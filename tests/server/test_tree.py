"""helpers.tree: runs as the server has them, shown as text and as HTML."""

from __future__ import annotations

import math
import random
import re

import mlflow
import pytest
from mlflow import MlflowClient

from helpers import Experiment, execute_tuning, show_tree

SWEEP = """
✓ parent_run_test_default_7 (5 child runs)
├── ✓ run_0_test_7  param1=a, param2=f  metric1=0.943  ██████████
├── ✓ run_1_test_7  param1=a, param2=d  metric1=0.914  ██████████
├── ✓ run_2_test_7  param1=a, param2=f  metric1=0.933  ██████████
├── ✓ run_3_test_7  param1=a, param2=f  metric1=0.917  ██████████
└── ✓ run_4_test_7  param1=b, param2=f  metric1=0.192  ██
"""
STUDY = """
… RUNNING study (2 child runs)
├── ✓ sweep 0 (3 child runs)    loss=inf
│   ├── ✓ finished         loss=3.000  ██████████
│   ├── ✗ FAILED failed    loss=3.000  ██████████
│   └── ■ KILLED killed    loss=3.000  ██████████
└── ✓ sweep 1 (3 child runs)    loss=inf
    ├── ✓ finished         loss=-1.000
    ├── ✗ FAILED failed    loss=-1.000
    └── ■ KILLED killed    loss=-1.000
"""


def text_in(html: str) -> list[str]:
    """Return what a screen reader reads of each run: no tags, and labels in place of symbols."""
    labeled = re.sub(r'<span role="img" aria-label="(\w+)">.*?</span>', r"\1", html)
    items = re.findall(r"<li>(?:<details[^>]*><summary>)?(.*?)(?=</?li>|</summary>)", labeled)
    return [re.sub(r"\s+|<.*?>|&ensp;", " ", item) for item in items]


def create_run(experiment: Experiment, name: str, parent_id: str, status: str = "FINISHED") -> str:
    """Create a run that has ended, as a child of another one."""
    tags = {"mlflow.parentRunId": parent_id}
    run = MlflowClient().create_run(experiment.experiment_id, run_name=name, tags=tags)
    MlflowClient().set_terminated(run.info.run_id, status)
    return run.info.run_id


def test_the_same_sweep_is_shown_alike_each_time(experiment: Experiment) -> None:
    shown = set()
    for _ in range(2):
        random.seed(1)
        tree = show_tree(execute_tuning(7))
        shown.add((repr(tree), tree._repr_html_()))
    [(text, html)] = shown
    assert text == SWEEP.strip()
    assert html.count("<details open>") == html.count("<summary>") == 1
    items = text_in(html)
    assert len(items) == 6
    assert items[1].split() == (
        ["FINISHED", "run_0_test_7", "param1=a,", "param2=f", "metric1=0.943"]
    )


def test_a_tree_has_grandchildren_orphans_and_every_status(experiment: Experiment) -> None:
    with mlflow.start_run(run_name="study") as study:
        for name, value in (("sweep 0", 3.0), ("sweep 1", -1.0)):
            with mlflow.start_run(run_name=name, nested=True) as sweep:
                mlflow.log_metric("loss", math.inf)
                for status in ("FINISHED", "FAILED", "KILLED"):
                    child = create_run(experiment, status.lower(), sweep.info.run_id, status)
                    MlflowClient().log_metric(child, "loss", value)
        tree = show_tree(study, "loss", limit=3)
    assert repr(tree) == STUDY.strip()
    mlflow.delete_run(sweep.info.run_id)
    shown = repr(show_tree([sweep, child], "loss", limit=1)).splitlines()
    assert [line.split("  ")[0] for line in shown] == [
        "✓ sweep 1 (deleted, 3 child runs)",
        "├── ✓ finished (orphan)",
        "└── … and 2 more child runs",
        "■ KILLED killed (orphan)",
    ]


def test_what_other_people_have_named_stays_text(experiment: Experiment) -> None:
    with mlflow.start_run(run_name="<b>bold</b>\n\x1b[31m" + "long" * 20) as run:
        mlflow.log_params({f"p{n}": "<script>" * 3 for n in range(6)})
        mlflow.log_metric("a/b", math.inf)
    tree = show_tree([run.info.run_id], metric="a/b")
    name, params, metric = repr(tree).split("  ")
    assert name == "✓ <b>bold</b>��[31mlonglonglonglonglonglo…"
    assert re.fullmatch(r"p0=(<script>){3}, p1=.*…", params)
    assert metric == "a/b=inf"
    assert set(re.findall(r"<(\w+)", tree._repr_html_())) == {"ul", "li", "span"}


def test_a_tree_ends_even_if_runs_are_each_others_parents(experiment: Experiment) -> None:
    first = create_run(experiment, "first", "")
    second = create_run(experiment, "second", first)
    MlflowClient().set_tag(first, "mlflow.parentRunId", second)
    assert repr(show_tree(first)) == "✓ first (1 child run)\n└── ✓ second"
    MlflowClient().set_tag(first, "mlflow.parentRunId", first)
    assert repr(show_tree([second, first])) == "✓ second\n✓ first (1 child run)\n└── ✓ second"


def test_nothing_to_show_is_said_and_a_wrong_call_refused(experiment: Experiment) -> None:
    assert repr(show_tree([])) == "There are no runs."
    assert show_tree([])._repr_html_() == "<p>There are no runs.</p>"
    with pytest.raises(LookupError, match="no run 'x'"):
        show_tree("x")
    with pytest.raises(ValueError, match="limit must be 1 or more; got 0"):
        show_tree([], limit=0)
