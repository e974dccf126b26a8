"""What surrounds a verdict: the notebook left as it was, the views, the hints, the solution."""

from __future__ import annotations

import ast
import os
import random
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import mlflow
import nbformat
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from exercises.children_that_count import exercise as counting
from exercises.engine.report import POINTS, Report, details
from exercises.nest import check, exercise, hint, solution
from helpers.lost_server import ServerUnreachable
from helpers.tracking import Experiment, prefixed
from tests import answers
from tests.answers import ANSWERS, NAMES, answer
from tools.student_copies import NOTEBOOKS, students_copy, students_path, without_outputs


@pytest.fixture(autouse=True)
def new_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise, "report", None)
    monkeypatch.setattr(exercise, "shown", {})
    # Others check at the same time; a prefix of our own tells whose scratch experiment is left.
    monkeypatch.setenv("EXPERIMENT_PREFIX", prefixed(f"{uuid.uuid4().hex[:8]}-"))


def right(name: str, values: list[object]) -> None:
    with mlflow.start_run(run_name=name):
        for value in values:
            with mlflow.start_run(nested=True):
                mlflow.log_param("param1", value)


def with_tag(name: str, values: list[object]) -> None:
    """Log each value as a tag."""
    with mlflow.start_run(run_name=name):
        for value in values:
            with mlflow.start_run(nested=True):
                mlflow.set_tag("param1", value)


def left_open(name: str, values: list[object]) -> None:
    mlflow.start_run(run_name=name)
    mlflow.start_run(nested=True)


def exits(name: str, values: list[object]) -> None:
    mlflow.start_run(run_name=name)
    sys.exit(1)


def another_server(name: str, values: list[object]) -> None:
    right(name, values)
    mlflow.set_tracking_uri("http://localhost:9")


def another_experiment(name: str, values: list[object]) -> None:
    mlflow.set_experiment(prefixed("an experiment of its own"))
    right(name, values)


def deletes_its_experiment(name: str, values: list[object]) -> None:
    right(name, values)
    MlflowClient().delete_experiment(os.environ["MLFLOW_EXPERIMENT_ID"])


def draws(name: str, values: list[object]) -> None:
    random.seed(9)
    np.random.seed(9)
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "9"
    right(name, values)


starter = answer("nest", "untouched", "starter")


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
            e.name for e in mlflow.search_experiments() if prefixed("Check of nest") in e.name
        ),
    }


@pytest.mark.parametrize(
    "function",
    [
        right,
        starter,
        draws,
        left_open,
        exits,
        another_server,
        another_experiment,
        deletes_its_experiment,
    ],
)
def test_the_notebook_is_as_it_was(function: Callable[..., None], experiment: Experiment) -> None:
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
        another = mlflow.set_experiment(f"{experiment.name} another")
        assert check(right).passed
        assert mlflow.active_run().info.run_id == run.info.run_id
        assert os.environ["MLFLOW_EXPERIMENT_ID"] == another.experiment_id


def test_a_notebook_that_has_not_chosen_an_experiment(tracking_uri: str) -> None:
    code = (
        "from tests.test_exercises import check, right, state; before = state(); "
        "assert check(right).passed; after = state(); "
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
    assert check(right).passed
    assert os.environ["MLFLOW_RUN_ID"] == run.info.run_id


def test_the_user_can_stop_a_check(experiment: Experiment) -> None:
    def interrupted(name: str, values: list[object]) -> None:
        with mlflow.start_run(run_name=name):
            mlflow.start_run(nested=True)
            signal.raise_signal(signal.SIGINT)

    before = state()
    with pytest.raises(KeyboardInterrupt):
        check(interrupted)
    assert state() == before


def test_no_server(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:9")
    with pytest.raises(ServerUnreachable, match="docker compose up"):
        check(right)


def test_no_run_of_a_check_stays_running(experiment: Experiment) -> None:
    assert counting.check(answer("children_that_count", "right", "original")).passed
    client = MlflowClient()
    name = prefixed(f"Check of {counting.name}")
    deleted = client.search_experiments(ViewType.DELETED_ONLY, filter_string=f"name LIKE '{name}%'")
    assert len(deleted) == 2
    runs = client.search_runs([one.experiment_id for one in deleted], "", ViewType.ALL)
    assert runs
    assert "RUNNING" not in {run.info.status for run in runs}


def test_the_scratch_experiment_has_the_prefix(experiment: Experiment) -> None:
    seen = []

    def nest(name: str, values: list[object]) -> None:
        seen.append(mlflow.get_experiment(os.environ["MLFLOW_EXPERIMENT_ID"]).name)

    check(nest)
    assert seen[0].startswith(os.environ["EXPERIMENT_PREFIX"] + "Check of nest ")


def test_a_second_check_finds_the_same(experiment: Experiment) -> None:
    random.seed(1)
    first = check(with_tag)
    random.seed(2)
    second = check(with_tag)
    assert found(first)[:2] == found(second)[:2]


def found(report: Report) -> list[str]:
    """What a report says of the first requirement that is not met."""
    assert report.first_unmet
    return details(report.first_unmet)


FUNCTIONS = {"solved": right, "wrong": with_tag, "unsolved": starter}


@pytest.fixture(params=FUNCTIONS)
def report(request: pytest.FixtureRequest, experiment: Experiment) -> Report:
    found = check(FUNCTIONS[request.param])
    assert found.state == request.param
    return found


def test_the_views(report: Report) -> None:
    symbol, words, marks = {
        "solved": ("✓", "SOLVED", "✓" * 8),
        "wrong": ("✗", "NOT RIGHT YET", "✓✓✓✓✓✓✗✓"),
        "unsolved": ("○", "NOT SOLVED YET", "○" * 8),
    }[report.state]
    plain, markdown = repr(report), report._repr_markdown_()
    headline = f"{symbol} {words}: {marks.count('✓')} of 8 requirements met"
    assert plain.startswith(f"**{headline}**\n")
    assert plain in markdown
    lines = [line.strip("* ") for line in plain.splitlines()[1:]]
    lines = [line for line in lines if line[:2] in ("✓ ", "✗ ", "○ ")]
    assert [line[0] for line in lines] == [*marks]
    assert [line[2:] for line in lines] == [r.title for r in exercise.words.requirement.values()]
    assert report.points == (POINTS if report.passed else 0)
    assert report.points._repr_html_().startswith("<!--")  # no bare number below the report


def test_a_wrong_report_says_what_to_know(experiment: Experiment) -> None:
    report = check(with_tag)
    called, expected, what, run, look = found(report)
    assert called == "*Called:* `nest('parent_run_test_default_0', ['x', 'y', 'z'])`"
    wanted = "`param1` = `x` or `y` or `z` on each child, as often as in the list"
    assert expected == f"*Expected:* {wanted}"
    name = re.fullmatch(r"\*Found:\* `param1` = `x` as a tag on `([\w-]+)`", what)
    assert name
    assert look.startswith("*Where to look:* ")
    begins = f"*The run:* `{name[1]}`, [in the MLflow UI]("
    assert run.startswith(f"{begins}{os.environ['MLFLOW_TRACKING_URI']}/#/experiments/")
    run_id = re.search(r"/runs/(\w{32})", run)
    assert run_id
    assert mlflow.get_run(run_id[1]).info.run_name == name[1]
    assert run in report._repr_markdown_()


def test_an_exception_is_shown_without_our_stack(experiment: Experiment) -> None:
    def divides(name: str, values: list[object]) -> None:
        with mlflow.start_run(run_name=name):
            mlflow.log_metric("share", 1 / 0)

    message = repr(check(divides))
    assert 'mlflow.log_metric("share", 1 / 0)' in message
    assert "exercises" not in message
    assert "Traceback" not in message


def test_hints_come_one_after_the_other() -> None:
    first, second, last, again = (hint() for _ in range(4))
    assert first.text.startswith("**Hint 1 of 3**\n\n1. You need two kinds of runs.")
    assert len({first, second, last}) == 3
    assert last == again
    assert "`solution(reveal=True)`" in last.text
    assert first.text.split("\n\n")[1] in last.text  # those before it stay on the page
    assert repr(first) == first._repr_markdown_() == first.text


def test_hints_fit_what_the_check_found_and_a_new_mistake_begins_with_its_first(
    experiment: Experiment,
) -> None:
    hint()
    for function, key in ((with_tag, "logs_the_values"), (left_open, "logs_the_values")):
        unmet = check(function).first_unmet
        assert unmet
        for number, text in enumerate(unmet.hints, start=1):
            shown = hint().text
            assert shown.startswith(f"**Hint {number} of {len(unmet.hints)}**")
            assert text in shown
            assert f"*About:* {unmet.title}." in shown
        assert (unmet.key == key) == (function is with_tag)


def test_the_solution_and_no_more_hints_once_it_is_solved(experiment: Experiment) -> None:
    cells = without_outputs(NOTEBOOKS / "solutions" / exercise.notebook).cells
    (cell,) = (cell for cell in cells if cell.id == "nest-solution")
    assert "`solution(reveal=True)`" in solution().text
    check(with_tag)
    assert "`solution(reveal=True)`" in solution().text
    assert cell.source in solution(reveal=True).text
    check(right)
    assert cell.source in solution().text
    assert "adopt" not in solution().text  # the page's other exercise
    assert "nothing is left to hint at" in hint().text


def definition(source: str, name: str) -> str:
    """How a cell or a file defines a function, without its docstring."""
    found = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert found, f"{name} is not defined here."
    body = found[-1].body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        found[-1].body = body[1:]
    return ast.unparse(found[-1])


@pytest.mark.parametrize("name", NAMES)
def test_an_exercises_cells_are_what_its_answers_say(name: str) -> None:
    """The solved notebook has the solution, the student's copy the starter, and both the check."""
    made = answers.exercise(name)
    solved = NOTEBOOKS / "solutions" / made.notebook
    students = nbformat.read(students_path(solved), as_version=4)
    assert students == students_copy(solved)
    grade_id = made.name.replace("_", "-")
    marked = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in students.cells
        if "nbgrader" in cell.metadata
    }
    starter, checks = marked[grade_id], marked[f"check-{grade_id}"]
    assert (starter.metadata.nbgrader.solution, starter.metadata.nbgrader.locked) == (True, False)
    assert (checks.metadata.nbgrader.grade, checks.metadata.nbgrader.locked) == (True, True)
    assert checks.metadata.nbgrader.points == POINTS
    assert f"from exercises.{name} import check" in checks.source
    folder = ANSWERS / name
    untouched = (folder / "untouched" / "starter.py").read_text(encoding="utf-8")
    assert definition(starter.source, made.name) == definition(untouched, made.name)
    model = made.solution(reveal=True).text
    (code,) = (
        block
        for block in re.findall(r"```python\n(.*?)```", model, re.S)
        if f"def {made.name}(" in block
    )
    original = (folder / "right" / "original.py").read_text(encoding="utf-8")
    assert definition(code, made.name) == definition(original, made.name)
