"""Each check is kept as a run, without a word of the student's; a class is read from these."""

from __future__ import annotations

import runpy
import uuid
from html import unescape
from pathlib import Path

import pytest
from mlflow import MlflowClient

from classroom.grading.select_cells import read_sources
from classroom.live import state
from exercises import attempt_log
from exercises.attempt_log import EXPERIMENT
from exercises.nest import check
from exercises.predictions import _widget, ask_again, predict
from exercises.predictions.answer_log import FIRST
from exercises.predictions.questions import all_questions
from exercises.progress import progress
from exercises.solved_notebooks import SOLVED, is_starter, optional_exercises
from helpers.read_runs import children
from helpers.tracking import find_experiment, prefixed
from tests.answers import NAMES, answer, exercise, keep_attempt
from tests.shared import read_one_class


@pytest.fixture
def student(tracking_uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A student of one's own, whose checks are kept."""
    monkeypatch.delenv("COURSE_PROGRESS")
    name = prefixed(f"{uuid.uuid4().hex[:8]}<b>")
    monkeypatch.setenv("EXPERIMENT_PREFIX", f"{name}-")
    return name


def solve(name: str) -> None:
    keep_attempt(len(exercise(name).words.requirement), name)


def test_a_parent_keeps_its_best_attempt_and_the_student_sees_it(
    student: str,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress()
    assert "Begin with 01_" in capsys.readouterr().out
    keep_attempt(2)
    check(answer("nest", "right", "original"))
    sent.clear()
    keep_attempt(3)
    asked = [path.rsplit("/", 1)[-1] for path in sent if "/runs/" in path]
    assert asked == ["search", "create", "log-batch", "update", "log-batch"]
    keep_attempt(1)

    ids = [find_experiment(EXPERIMENT).experiment_id]
    [parent] = MlflowClient().search_runs(ids, "tags.exercise = 'nest'")
    kept = children(parent)
    assert list(kept["tags.state"]) == ["wrong", "solved", "wrong", "wrong"]
    assert list(kept["tags.first_unmet"].fillna(""))[:2] == ["logs_here", ""]
    assert list(kept["metrics.requirements_met"]) == [2, 8, 3, 1]
    assert parent.data.metrics["best_requirements_met"] == 8
    assert set(kept["status"]) == {parent.info.status} == {"FINISHED"}
    assert "param1" not in str(kept.to_dict()) + str(parent.to_dictionary())
    table = progress()
    assert table is not None
    assert list(table.loc["nest"]) == ["02_nested_runs", "8 of 8", "4", "2"]
    capsys.readouterr()
    monkeypatch.setattr(attempt_log, "EXPERIMENT", "x" * 600)  # longer than MLflow takes
    keep_attempt(2)
    assert "lacks this check: " in capsys.readouterr().out
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    keep_attempt(2)
    assert capsys.readouterr().out == ""


def test_a_function_that_is_not_written_yet_is_no_attempt(student: str, tmp_path: Path) -> None:
    sources = read_sources(SOLVED / exercise("nest").notebook)
    [starter] = [source for source in sources if is_starter(source, "nest")]
    (tmp_path / "begun.py").write_text(f"import mlflow\n{starter}")
    nest = runpy.run_path(str(tmp_path / "begun.py"))["nest"]
    assert not check(nest).passed
    with pytest.raises(LookupError):
        find_experiment(EXPERIMENT)


def test_an_optional_exercise_is_never_next(
    student: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert optional_exercises() == {"adopt"}
    for name in ("log_and_find", "nest"):
        solve(name)
    progress()
    assert "Next: 03_" in capsys.readouterr().out
    for name in set(NAMES) - {"log_and_find", "nest", "adopt"}:
        solve(name)
    progress()
    assert "all required exercises. Optional: adopt" in capsys.readouterr().out
    solve("adopt")
    progress()
    assert "You have solved all exercises." in capsys.readouterr().out


def test_the_first_answer_is_kept_and_a_wrong_one_comes_back_once(
    student: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    predict("orphans", 1)
    monkeypatch.delenv("COURSE_PROGRESS")
    ask_again("02")  # nothing is kept yet: shows nothing, and creates nothing
    with pytest.raises(LookupError):
        find_experiment(EXPERIMENT)
    choices = all_questions()["orphans"].choice
    _, radios, button, sentence = _widget("", choices, f"{FIRST}orphans").children
    for index in (None, 1, *(2, 0, 1) * 3):
        radios.index = index
        button.click()
        says = "Choose one first." if index is None else choices[index].reason
        assert says in unescape(sentence.value)
    predict("orphans", 3)
    ids = [find_experiment(EXPERIMENT).experiment_id]
    [parent] = MlflowClient().search_runs(ids, "tags.kind = 'predictions'")
    assert list(children(parent)["tags.right"]) == ["False"]
    capsys.readouterr()
    for _ in range(2):  # the second time, there is nothing left to ask
        ask_again("02", 1)
    assert capsys.readouterr().out == f"{choices[0].reason}\n"
    predict("who_knows", 1)
    ask_again("02", 1)  # it was right
    kept = children(parent)
    assert sorted(kept["tags.mlflow.runName"]) == [
        "again.orphans",
        "first.orphans",
        "first.who_knows",
    ]
    assert set(kept["status"]) == {"FINISHED"}
    progress()
    assert "Wrong twice, see 02_nested_runs: The next cell deletes" in capsys.readouterr().out
    read_one_class(monkeypatch, student)
    votes = {question["name"]: question["votes"] for question in state()["questions"]}
    assert [number for _, number in votes["02 orphans"]] == [0, 1, 0]
    MlflowClient().set_tag(parent.info.run_id, "first.orphans", "<script>")
    assert "<script>" not in str(state())


@pytest.mark.parametrize("deleted", ["attempts", "parents", "all", "experiment"])
def test_progress_is_shown_whatever_the_student_has_deleted(
    student: str, deleted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_attempt(2)
    keep_attempt(3)
    client, where = MlflowClient(), [find_experiment(EXPERIMENT).experiment_id]
    for run in client.search_runs(where):
        kind = "parents" if "exercise" in run.data.tags else "attempts"
        if deleted in (kind, "all"):
            client.delete_run(run.info.run_id)
    if deleted == "experiment":
        client.delete_experiment(where[0])
    table = progress()
    assert table is not None
    met = table["requirements met"]["nest"] if "requirements met" in table else ""
    assert met == ("3 of 8" if deleted == "attempts" else "")
    keep_attempt(4)  # in the same kernel
    table = progress()
    assert table is not None
    assert table["requirements met"]["nest"] == "4 of 8"
    client.delete_experiment(where[0])  # the class that another test reads is without this student
    assert "lacks this check" not in capsys.readouterr().out
