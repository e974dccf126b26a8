"""Each check is kept as a run, without a word of the student's; a class is read from these."""

from __future__ import annotations

import math
import uuid

import mlflow
import pytest
from mlflow import MlflowClient

from classroom.live import state, words
from exercises.engine import progress as keeping
from exercises.engine.progress import EXPERIMENT, Attempt
from exercises.nest import check
from exercises.progress import progress
from helpers.tracking import find_experiment, prefixed
from helpers.tree import children
from tests.answers import answer

right = answer("nest", "right", "original")


@pytest.fixture
def student(tracking_uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A student of one's own, whose checks are kept."""
    monkeypatch.delenv("COURSE_PROGRESS")
    name = prefixed(f"{uuid.uuid4().hex[:8]}<b>")
    monkeypatch.setenv("EXPERIMENT_PREFIX", f"{name}-")
    return name


def flat(name: str, values: list[object]) -> None:
    for value in values:
        with mlflow.start_run(run_name=name):
            mlflow.log_param("param1", value)


def attempt(met: float) -> Attempt:
    return Attempt("nest", "02_nested_runs", "wrong", "makes_one_parent", met, 8, 0, 1.5)


def of_nest() -> mlflow.entities.Run:
    ids = [find_experiment(EXPERIMENT).experiment_id]
    [parent] = MlflowClient().search_runs(ids, "tags.exercise = 'nest'")
    return parent


def test_a_parent_keeps_its_best_attempt_and_the_student_sees_it(
    student: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = progress()
    assert before is not None
    assert "Begin with 01_" in capsys.readouterr().out
    for function in (flat, right, flat):
        check(function)
    parent, kept = of_nest(), children(of_nest())
    assert list(kept["tags.state"]) == ["wrong", "solved", "wrong"]
    assert list(kept["tags.first_unmet"].fillna("")) == ["makes_one_parent", "", "makes_one_parent"]
    assert kept["metrics.requirements_met"].iloc[1] == kept["metrics.requirements"].iloc[1] == 8
    assert parent.data.metrics["best_requirements_met"] == 8
    assert parent.data.metrics["solved_after"] == 2
    assert parent.data.metrics["attempts"] == 3
    assert set(kept["status"]) == {parent.info.status} == {"FINISHED"}
    words = str(kept.to_dict()) + str(parent.to_dictionary())
    assert "param1" not in words
    table = progress()
    assert table is not None
    assert list(table.loc["nest"]) == ["02_nested_runs", "8", "8", "3", "2"]
    assert list(table.index)[:3] == ["log_and_find", "nest", "adopt"]


def test_a_check_takes_four_requests_more_and_a_new_kernel_goes_on_counting(
    student: str, sent: list[str]
) -> None:
    for met in (2, 3):
        sent.clear()
        keeping.keep(attempt(met))
    asked = [path.rsplit("/", 1)[-1] for path in sent if "/runs/" in path]
    assert asked == ["create", "log-batch", "update", "log-batch"]
    keeping._parents.clear()
    keeping.keep(attempt(1))
    assert of_nest().data.metrics["attempts"] == 3
    assert of_nest().data.metrics["best_requirements_met"] == 3


def test_what_cannot_be_kept_is_said_and_the_check_counts(
    student: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keeping, "EXPERIMENT", "x" * 600)  # longer than MLflow takes
    assert check(right).passed
    assert "lacks this check: " in capsys.readouterr().out
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    assert check(right).passed
    assert capsys.readouterr().out == ""


def test_the_class_is_read_and_what_a_student_made_up_is_text_or_left_out(student: str) -> None:
    keeping.keep(attempt(2))
    client = MlflowClient()
    made_up = client.create_experiment(f"{student}2-{EXPERIMENT}")
    for exercise, unmet in (("nest", "<script>"), ("no exercise", ""), ("adopt", "")):
        run = client.create_run(made_up, tags={"exercise": exercise, "first_unmet": unmet})
        for metric, value in (("checked", 1e308), ("ticked", -math.inf), ("attempts", math.nan)):
            client.log_metric(run.info.run_id, metric, value)
    seen = state(words())
    rows = {row["name"]: row["cells"] for row in seen["students"]}
    assert rows[student]["nest"] == {
        "state": "trying",
        "attempts": 1,
        "minutes": 0,
        "at": "each call makes one parent run, with the name that it is given",
    }
    assert set(rows[f"{student}2"]) == {"nest", "adopt"}
    assert "at" not in rows[f"{student}2"]["nest"]
    assert "<script>" not in str(seen)
    [first] = [one for one in seen["class_is_at"] if one["exercise"] == "nest"]
    assert first["hint"]
