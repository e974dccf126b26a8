"""helpers.links: a view of the UI's table, as the server stores it."""

from __future__ import annotations

import json

import pytest
from mlflow import MlflowClient

from helpers import Experiment


def test_a_link_names_a_view_that_holds_the_filter_the_order_and_the_columns(
    experiment: Experiment, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ui = "https://class.example/mlflow"
    monkeypatch.setenv("TRACKING_UI_URL", f"{ui}/")
    sorted_by_m = {"order_by": "metrics.m", "ascending": True, "metrics": ["m"], "params": ["C"]}
    link = experiment.link("the <best>", filter_string="tags.a = 'b'", **sorted_by_m)
    assert repr(link) == f"the <best>: {link.url}"
    shown = link._repr_html_()
    assert "the &lt;best&gt;</a>" in shown
    assert 'target="_blank"' in shown
    assert len(sent) == 1, sent  # the view is stored when the link is made, not when it is shown
    page, key = link.url.split("&viewStateShareKey=")
    table = f"{ui}/#/experiments/{experiment.experiment_id}/runs"
    assert page == f"{table}?workflowType=machine_learning"  # else the UI opens its GenAI pages
    tags = MlflowClient().get_experiment(experiment.experiment_id).tags
    view = json.loads(tags[f"mlflow.sharedViewState.{key}"])
    assert view["searchFilter"] == "tags.a = 'b'"
    assert (view["orderByKey"], view["orderByAsc"]) == ("metrics.`m`", True)
    assert view["selectedColumns"] == ["metrics.`m`", "params.`C`"]
    again = experiment.link(filter_string="tags.a = 'b'", **sorted_by_m)
    assert again.url == link.url  # outputs of notebooks stay the same
