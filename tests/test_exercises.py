"""What surrounds the verdict: the notebook left as it was, the views, the hints, the solution."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import mlflow
import nbformat
import numpy as np
import pytest

from helpers.challenge import check, checker, hint, hints_used, solution, tuning
from helpers.challenge.hints import HINTS, START
from helpers.challenge.report import POINTS, Report
from helpers.challenge.requirements import REQUIREMENTS
from helpers.tracking import Experiment, ServerUnreachable, prefixed
from tests.answers.parts import ABC, DEF, log_best, log_children, log_values, start_parent
from tests.student_copy import SOLVED, STUDENTS, cells, without_solution
from tests.test_challenge_answers import ANSWERS, answer

RIGHT = ANSWERS / "right" / "min_of_tuples.py"
WRONG = ANSWERS / "wrong"


@pytest.fixture(autouse=True)
def new_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "_memory", checker._Memory())
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
            e.name for e in mlflow.search_experiments() if prefixed("Challenge check") in e.name
        ),
    }


@pytest.mark.parametrize(
    "path",
    [
        RIGHT,
        ANSWERS / "untouched" / "starter_like.py",
        ANSWERS / "right" / "numpy_numbers.py",
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
        "from tests.test_challenge import RIGHT, answer, state; before = state(); "
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


def test_the_scratch_experiment_has_the_prefix(experiment: Experiment) -> None:
    seen = []

    def execute_tuning(test_no, first=0, second=0, label="", num_child_runs=5):
        seen.append(mlflow.get_experiment(os.environ["MLFLOW_EXPERIMENT_ID"]).name)

    check(execute_tuning)
    assert seen[0].startswith(os.environ["EXPERIMENT_PREFIX"] + "Challenge check ")


def test_a_second_check_finds_the_same(experiment: Experiment) -> None:
    function = answer(WRONG / "last_child.py")
    random.seed(1)
    first = check(function)
    random.seed(2)
    second = check(function)
    assert first.finding.expected == second.finding.expected
    assert first.finding.found == second.finding.found


Result = tuple[float, str, str]
# Ways to go wrong, given the results of this call and those of all earlier ones.
MISTAKES: dict[str, Callable[[list[Result], list[Result]], Result]] = {
    "first": lambda results, earlier: results[0],
    "last": lambda results, earlier: results[-1],
    "all but the first": lambda results, earlier: min(results[1:] or results),
    "all but the last": lambda results, earlier: min(results[:-1] or results),
    "best of all calls": lambda results, earlier: min(results + earlier),
    "first param of the last": lambda results, earlier: (
        min(results)[0],
        results[-1][1],
        min(results)[2],
    ),
    "second param of the first": lambda results, earlier: (*min(results)[:2], results[0][2]),
}


def draw(draws: random.Random, choices1: Sequence[str], choices2: Sequence[str]) -> Result:
    return draws.random(), draws.choice(choices1), draws.choice(choices2)


def is_lucky(mistake: str, seed: int) -> bool:
    """Tell whether the calls that are always made find nothing wrong."""
    draws, earlier = random.Random(seed), list[Result]()
    for given in checker.CALLS:
        call = tuning.DEFAULTS | given
        choices = call["param1_choices"], call["param2_choices"]
        results = [draw(draws, *choices) for _ in range(call["num_child_runs"])]
        if MISTAKES[mistake](results, earlier) != min(results):
            return False
        earlier += results
    return True


@pytest.mark.parametrize("mistake", MISTAKES)
def test_luck_is_not_enough(mistake: str, experiment: Experiment) -> None:
    draws, earlier = random.Random(next(n for n in count() if is_lucky(mistake, n))), []

    def log_child(run_name, test_no, param1_choices, param2_choices, tag_ident):
        metric1, param1, param2 = draw(draws, param1_choices, param2_choices)
        params = {"param1": param1, "param2": param2}
        log_values(run_name, params, {"metric1": metric1}, tag_ident)
        return metric1, param1, param2

    def execute_tuning(test_no, first=ABC, second=DEF, label="", num_child_runs=5):
        with start_parent(test_no, label):
            results = log_children(test_no, first, second, label, num_child_runs, log_child)
            log_best(*MISTAKES[mistake](results, earlier))
        earlier.extend(results)

    report = check(execute_tuning)
    assert report.met >= 8, report
    assert not report.passed


@pytest.fixture(params=["solved", "wrong", "unsolved"])
def report(request: pytest.FixtureRequest, experiment: Experiment) -> Report:
    path = {
        "solved": RIGHT,
        "wrong": WRONG / "children_untagged.py",
        "unsolved": ANSWERS / "untouched" / "starter_like.py",
    }
    found = check(answer(path[request.param]))
    assert found.state == request.param
    return found


def test_the_views(report: Report) -> None:
    symbol, words, ticks = {
        "solved": ("✓", "SOLVED", 10),
        "wrong": ("✗", "NOT RIGHT YET", 7),
        "unsolved": ("○", "NOT SOLVED YET", 0),
    }[report.state]
    plain, markdown = repr(report), report._repr_markdown_()
    assert plain.startswith(f"{symbol} {words}: {ticks} of 10 requirements met\n")
    assert f"**{symbol} {words}: {ticks} of 10 requirements met**" in markdown
    lines = [line[2:] for line in plain.splitlines() if line[:3] in ("  ✓", "  ✗", "  ○")]
    crosses = 1 if report.state == "wrong" else 0
    assert [line[0] for line in lines] == [
        *"✓" * ticks,
        *"✗" * crosses,
        *"○" * (10 - ticks - crosses),
    ]
    assert [line[2:] for line in lines] == [requirement.title for requirement in REQUIREMENTS]
    assert all(f"{line}  \n" in markdown or line in markdown for line in lines)
    assert report.points == (POINTS if report.passed else 0)


def test_a_wrong_report_says_what_to_know(experiment: Experiment) -> None:
    report = check(answer(WRONG / "children_untagged.py"))
    called, expected, found, run, look = report.message.splitlines()[1:]
    assert called == (
        "Called: `execute_tuning(1, ['x', 'y', 'z'], ['u', 'v', 'w'], 'subset_test', 6)`"
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
    assert set(HINTS) == {START, *(requirement.key for requirement in REQUIREMENTS)}
    assert all(len(hints) >= 3 and len(set(hints)) == len(hints) for hints in HINTS.values())


def test_hints_come_one_after_the_other(experiment: Experiment) -> None:
    first, second, third, last, again = (hint() for _ in range(5))
    assert "Let it return those values" in first.text
    assert first.summary == "Hint 1 of 4"
    assert len({first, second, third, last}) == 4
    assert last == again
    assert "`solution(reveal=True)`" in last.text
    assert "<details><summary>Hint 1 of 4</summary>" in first._repr_markdown_()
    assert repr(first).startswith("Hint 1 of 4\n")
    assert hints_used() == 4


@pytest.mark.parametrize("name", ["count_ignored", "flat_runs", "children_untagged", "greatest"])
def test_hints_fit_what_the_check_found(name: str, experiment: Experiment) -> None:
    hint()
    report = check(answer(WRONG / f"{name}.py"))
    requirement = REQUIREMENTS[report.met]
    for text in HINTS[requirement.key]:
        found = hint()
        assert text in found.text
        assert f"*About:* {requirement.title}." in found.text
    assert hints_used() == 1 + len(HINTS[requirement.key])


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
    return [cell for cell in cells(SOLVED) if "solution" in cell.metadata.get("tags", [])]


def function_in(notebook: Path, *ids: str) -> object:
    """Return `execute_tuning` as some cells of a notebook define it."""
    by_id = {cell.id: cell.source for cell in cells(notebook)}
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
    assert cells(STUDENTS) == without_solution()
    ids = [cell.id for cell in cells(SOLVED)]
    assert ids.index("solution") == ids.index("execute-tuning") + 1
    assert nbformat.read(STUDENTS, 4).metadata == nbformat.read(SOLVED, 4).metadata


def test_cells_for_nbgrader() -> None:
    marked = {c.id: c.metadata.nbgrader for c in cells(STUDENTS) if "nbgrader" in c.metadata}
    assert {i: (m.grade, m.solution, m.locked) for i, m in marked.items()} == {
        "execute-tuning": (False, True, False),
        "check-execute-tuning": (True, False, True),
    }
    assert marked["check-execute-tuning"].points == POINTS
