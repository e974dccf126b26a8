"""What surrounds a verdict: the notebook left as it was, the views, the hints, the solution."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import mlflow
import nbformat
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from helpers.challenge import check, hint, hints_used, solution
from helpers.exercises.best_child import EXERCISE
from helpers.exercises.report import POINTS, Report
from helpers.lost_server import ServerUnreachable
from helpers.tracking import Experiment, prefixed
from tests.answers import ANSWERS, EXERCISES, answer
from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent
from tools.student_copies import NOTEBOOKS, students_copy, students_path, without_outputs

SOLVED = NOTEBOOKS / "solutions" / EXERCISE.notebook
STUDENTS = students_path(SOLVED)
RIGHT = ANSWERS / "best_child" / "right" / "min_of_tuples.py"
WRONG = ANSWERS / "best_child" / "wrong"
UNTOUCHED = ANSWERS / "best_child" / "untouched" / "starter_like.py"


@pytest.fixture(autouse=True)
def new_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EXERCISE, "report", None)
    monkeypatch.setattr(EXERCISE, "shown", {})
    # Others check at the same time; a prefix of our own tells whose scratch experiment is left.
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefixed(f"{uuid.uuid4().hex[:8]}-"))


def state() -> dict[str, object]:
    """Everything of the notebook that a check must leave as it was."""
    run = mlflow.active_run()
    return {
        "tracking URI": mlflow.get_tracking_uri(),
        "active run": run and run.info.run_id,
        "environment": {k: v for k, v in os.environ.items() if k.startswith("MLFLOW_")},
        "random": random.getstate(),
        "numpy": repr(np.random.get_state()),
        "streams": (sys.stdout, sys.stderr),
        "experiments": sorted(
            e.name
            for e in mlflow.search_experiments()
            if prefixed("Check of execute_tuning") in e.name
        ),
    }


@pytest.mark.parametrize(
    "path",
    [
        RIGHT,
        UNTOUCHED,
        RIGHT.with_name("numpy_numbers.py"),
        WRONG / "another_server_afterwards.py",
        WRONG / "children_left_open.py",
        WRONG / "deletes_its_experiment.py",
        WRONG / "exits.py",
        WRONG / "experiment_of_its_own.py",
        WRONG / "parent_left_open.py",
    ],
    ids=lambda path: path.stem,
)
def test_the_notebook_is_as_it_was(path: Path, experiment: Experiment) -> None:
    function = answer(path)
    with mlflow.start_run(run_name="outer"), mlflow.start_run(run_name="inner", nested=True) as run:
        before = state()
        check(function)
        assert state() == before
        assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("goes_on", 1)
    assert mlflow.active_run() is None
    found = mlflow.search_runs([experiment.experiment_id])
    assert list(found["tags.mlflow.runName"]) == ["inner", "outer"]
    assert set(found["status"]) == {"FINISHED"}
    with mlflow.start_run() as run:
        assert run.info.experiment_id == experiment.experiment_id


def test_active_runs_of_several_experiments(experiment: Experiment) -> None:
    with mlflow.start_run() as run:
        connect_another = mlflow.set_experiment(f"{experiment.name} another")
        assert check(answer(RIGHT)).passed
        assert mlflow.active_run().info.run_id == run.info.run_id
        assert os.environ["MLFLOW_EXPERIMENT_ID"] == connect_another.experiment_id


def test_a_notebook_that_has_not_chosen_an_experiment(tracking_uri: str) -> None:
    code = (
        "import os, mlflow; from helpers.challenge import check; "
        "from tests.test_exercises import RIGHT, answer, state; before = state(); "
        "assert check(answer(RIGHT)).passed; after = state(); "
        "assert {**before, 'random': 0, 'numpy': 0} == {**after, 'random': 0, 'numpy': 0}"
    )
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_EXPERIMENT_ID"}
    root = Path(__file__).resolve().parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, env=environment)


def test_a_run_id_in_the_environment_is_not_resumed(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mlflow.start_run() as run:
        pass
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    assert check(answer(RIGHT)).passed
    assert os.environ["MLFLOW_RUN_ID"] == run.info.run_id


def interrupted(run_name: str) -> None:
    with start_parent(0, run_name):
        mlflow.start_run(nested=True)
        signal.raise_signal(signal.SIGINT)


def test_the_user_can_stop_a_check(experiment: Experiment) -> None:
    before = state()
    with pytest.raises(KeyboardInterrupt):
        check(lambda test_no, first=0, second=0, label="", num_child_runs=5: interrupted(label))
    assert state() == before


def test_no_server(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    function = answer(RIGHT)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:9")
    with pytest.raises(ServerUnreachable, match="docker compose up"):
        check(function)


def test_no_run_of_a_check_stays_running(experiment: Experiment) -> None:
    exercise = EXERCISES["children_that_count"]  # it prepares runs that are RUNNING
    right = ANSWERS / "children_that_count" / "right" / "as_the_lesson.py"
    assert exercise.check(answer(right, exercise.name)).passed
    client = MlflowClient()
    name = prefixed(f"Check of {exercise.name}")
    deleted = client.search_experiments(ViewType.DELETED_ONLY, filter_string=f"name LIKE '{name}%'")
    assert len(deleted) == 1
    runs = client.search_runs([deleted[0].experiment_id], "", ViewType.ALL)
    assert runs
    assert "RUNNING" not in {run.info.status for run in runs}


def test_the_scratch_experiment_has_the_prefix(experiment: Experiment) -> None:
    seen = []

    def execute_tuning(test_no, first=0, second=0, label="", num_child_runs=5):
        seen.append(mlflow.get_experiment(os.environ["MLFLOW_EXPERIMENT_ID"]).name)

    check(execute_tuning)
    assert seen[0].startswith(os.environ["EXPERIMENT_PREFIX"] + "Check of execute_tuning ")


def test_a_second_check_finds_the_same(experiment: Experiment) -> None:
    function = answer(WRONG / "last_child.py")
    random.seed(1)
    first = check(function)
    random.seed(2)
    second = check(function)
    assert first.message.splitlines()[:4] == second.message.splitlines()[:4]


@pytest.fixture(params=["solved", "wrong", "unsolved"])
def report(request: pytest.FixtureRequest, experiment: Experiment) -> Report:
    path = {
        "solved": RIGHT,
        "wrong": WRONG / "children_untagged.py",
        "unsolved": UNTOUCHED,
    }
    found = check(answer(path[request.param]))
    assert found.state == request.param
    return found


def test_the_views(report: Report) -> None:
    symbol, words, marks = {
        "solved": ("✓", "SOLVED", "✓" * 10),
        "wrong": ("✗", "NOT RIGHT YET", "✓✓✓✓✓✓✓✗✓✓"),
        "unsolved": ("○", "NOT SOLVED YET", "○" * 10),
    }[report.state]
    plain, markdown = repr(report), report._repr_markdown_()
    headline = f"{symbol} {words}: {marks.count('✓')} of 10 requirements met"
    assert plain.startswith(f"{headline}\n")
    assert f"**{headline}**" in markdown
    lines = [line[2:] for line in plain.splitlines() if line[:3] in ("  ✓", "  ✗", "  ○")]
    assert [line[0] for line in lines] == [*marks]
    assert [line[2:] for line in lines] == [r.title for r in EXERCISE.requirements]
    assert all(line in markdown for line in lines)
    assert report.points == (POINTS if report.passed else 0)
    assert f"{report.points} of 10 points: you get all of them" in plain
    assert f"{report.points} of 10 points: you get all of them" in markdown


def without_task_3(*, right: bool) -> object:
    """A function in which the third task is not done yet, and the first two are, or are not."""

    def execute_tuning(test_no, first=ABC, second=DEF, test_identifier=""):
        with start_parent(test_no, test_identifier):
            results = log_children(test_no, first, second, test_identifier, 5)
            log_best(*(min(results) if right else results[0]))

    return execute_tuning


def marks(report: Report) -> dict[str, bool | None]:
    return {result.requirement.key: result.met for result in report.results}


def test_tasks_that_are_done_are_ticked_whatever_stands_before_them(
    experiment: Experiment,
) -> None:
    report = check(without_task_3(right=True))
    found = marks(report)
    assert [key for key, met in found.items() if met is False] == ["accepts_parameters"]
    assert [key for key, met in found.items() if met is None] == ["exact_children"]
    assert report.message.startswith("Not met: `execute_tuning` is a function that accepts")
    assert not report.passed
    assert "○ could not be looked at yet" in repr(report)


def test_a_task_that_is_wrong_is_crossed_whatever_stands_before_it(experiment: Experiment) -> None:
    found = marks(check(without_task_3(right=False)))
    assert (found["accepts_parameters"], found["best_metric"]) == (False, False)
    assert found["one_parent"]


def test_a_wrong_report_says_what_to_know(experiment: Experiment) -> None:
    report = check(answer(WRONG / "children_untagged.py"))
    called, expected, found, run, look = report.message.splitlines()[1:]
    assert called == (
        "Called: `execute_tuning(1, ['x', 'y', 'z'], ['u', 'v', 'w'], 'subset_test', "
        "num_child_runs=6)`"
    )
    assert expected == "Expected: the tag `test_identifier` with the value `'subset_test'`"
    assert found == "Found: no tag `test_identifier` on the child run `run_0_test_1`"
    assert run.startswith(
        f"The run: run_0_test_1: {os.environ['MLFLOW_TRACKING_URI']}/#/experiments/"
    )
    assert look.startswith("Where to look: ")
    run_id = re.search(r"/runs/(\w{32})", run)
    assert run_id
    assert mlflow.get_run(run_id[1]).info.run_name == "run_0_test_1"
    address = run.removeprefix("The run: run_0_test_1: ")
    assert f"`run_0_test_1`, [in the MLflow UI]({address})" in report._repr_markdown_()


def test_an_exception_is_shown_without_our_stack(experiment: Experiment) -> None:
    message = check(answer(WRONG / "divides_by_zero.py")).message
    assert "return min(results)[0] / 0.0" in message
    assert "helpers" not in message
    assert "Traceback" not in message


def test_every_requirement_has_hints() -> None:
    for hints in (EXERCISE.start, *(requirement.hints for requirement in EXERCISE.requirements)):
        assert len(hints) >= 3
        assert len(set(hints)) == len(hints)


def test_hints_come_one_after_the_other(experiment: Experiment) -> None:
    first, second, third, last, again = (hint() for _ in range(5))
    assert "Let it return those values" in first.text
    assert first.summary == "Hint 1 of 4"
    assert len({first, second, third, last}) == 4
    assert last == again
    assert "`solution(reveal=True)`" in last.text
    assert third.text.startswith(first.text.split("\n\n")[0])  # those before it stay on the page
    assert "**Hint 1 of 4**" in first._repr_markdown_()
    assert repr(first).startswith("Hint 1 of 4\n")
    assert hints_used() == 4


@pytest.mark.parametrize("name", ["count_ignored", "flat_runs", "children_untagged", "greatest"])
def test_hints_fit_what_the_check_found(name: str, experiment: Experiment) -> None:
    hint()
    first_unmet = check(answer(WRONG / f"{name}.py")).first_unmet
    assert first_unmet
    for text in first_unmet.hints:
        found = hint()
        assert text in found.text
        assert f"*About:* {first_unmet.requirement.title}." in found.text
    assert hints_used() == 1 + len(first_unmet.hints)


def test_a_new_mistake_begins_with_its_first_hint(experiment: Experiment) -> None:
    check(answer(WRONG / "greatest.py"))
    hint()
    hint()
    check(answer(WRONG / "count_ignored.py"))
    assert hint().summary == "Hint 1 of 3"


def test_no_hint_after_a_pass(experiment: Experiment) -> None:
    check(answer(RIGHT))
    assert "nothing is left to hint at" in hint().text
    assert hints_used() == 0


def test_the_solution_waits_until_it_is_asked_for(experiment: Experiment) -> None:
    (cell,) = solution_cells()
    assert "`solution(reveal=True)`" in solution().text
    check(answer(WRONG / "greatest.py"))
    assert "`solution(reveal=True)`" in solution().text
    assert cell.source in solution(reveal=True).text
    check(answer(RIGHT))
    assert cell.source in solution().text


def solution_cells() -> list[nbformat.NotebookNode]:
    found = [
        cell
        for cell in without_outputs(SOLVED).cells
        if "solution" in cell.metadata.get("tags", [])
    ]
    return [cell for cell in found if cell.cell_type == "code"]


def function_in(notebook: Path, *ids: str) -> object:
    """Return `execute_tuning` as some cells of a notebook define it."""
    by_id = {cell.id: cell.source for cell in without_outputs(notebook).cells}
    names: dict[str, object] = {}
    for cell_id in ("connect-code", *ids):
        exec(by_id[cell_id], names)
    return names["execute_tuning"]


def test_the_starter_fails_as_unsolved(experiment: Experiment) -> None:
    report = check(function_in(STUDENTS, "execute-tuning"))
    assert report.state == "unsolved", report


def test_the_solution_passes(experiment: Experiment) -> None:
    report = check(function_in(SOLVED, "execute-tuning", "solution"))
    assert report.passed, report


def test_the_students_copy_is_the_solved_one_without_its_solution() -> None:
    assert len(solution_cells()) == 1
    assert without_outputs(STUDENTS).cells == students_copy(SOLVED).cells
    ids = [cell.id for cell in without_outputs(SOLVED).cells]
    assert ids.index("solution") == ids.index("execute-tuning") + 1
    assert nbformat.read(STUDENTS, 4).metadata == nbformat.read(SOLVED, 4).metadata


def test_cells_for_nbgrader() -> None:
    marked = {
        c.id: c.metadata.nbgrader
        for c in without_outputs(STUDENTS).cells
        if "nbgrader" in c.metadata
    }
    assert {i: (m.grade, m.solution, m.locked) for i, m in marked.items()} == {
        "execute-tuning": (False, True, False),
        "check-execute-tuning": (True, False, True),
    }
    assert marked["check-execute-tuning"].points == POINTS
