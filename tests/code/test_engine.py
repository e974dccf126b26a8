"""The engine of the exercises, on runs that are made here: no server, so it takes a second."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import mlflow
import numpy as np
import pytest

from exercises import engine
from exercises.engine import Exercise, Finding, Findings, Requirements, Run
from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Call, perform
from exercises.engine.report import Report
from exercises.engine.world import MONTH, Logged, runs_in
from tests.answers import find

WORDS = """
notebook = "02_nested_runs.ipynb"
function = "nest"
[nothing_yet]
says = "Nothing of the task is there yet."
hints = ["Begin.", "Go on."]
[requirement.accepts_arguments]
[requirement.runs_to_its_end]
[requirement.runs_to_its_end.cause.division]
raised = "ZeroDivisionError"
look = "the division"
hints = ["What is divided?", "By what?"]
[requirement.logs_here]
[requirement.changes_nothing_else]
[requirement.logs_one]
needs = ["logs_here"]
title = "it logs one run"
look = "start_run"
hints = ["How many?", "One."]
[[call]]
args = [1, "@old", "{check}"]
[[call]]
args = [1, "@somebody's", "{check}"]
"""
TABLE = """\
label,name,minute,before_call
old,run,,
somebody's,run,,1
"""


def run(run_id: str, name: str = "run", status: str = "FINISHED", **tags: str) -> Run:
    """A run as the server returns it, in the experiment "1" unless its id begins with "beside"."""
    experiment = "2" if run_id.startswith("beside") else "1"
    return Run(run_id, name, experiment, status, "active", 1, 2, {}, {}, tags)


@dataclass
class Store(Backend):
    """A store in a dictionary."""

    runs: dict[str, Run] = field(default_factory=dict)
    others: dict[str, object] = field(default_factory=lambda: {"tags": "b"})

    def log(self, *runs: Run) -> None:
        self.runs |= {run.run_id: run for run in runs}

    def snapshot(self) -> Snapshot:
        return Snapshot(dict(self.runs), dict(self.others))

    def add(self, runs: Sequence[Logged]) -> None:
        self.log(*(run(one.label, one.name) for one in runs))
        self.run_ids |= {one.label: one.label for one in runs}


@pytest.fixture
def exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """An exercise with two calls; somebody else logs a run before the second one."""
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")  # the one that is active
    return load(tmp_path, WORDS, TABLE)


class Solve(Requirements):
    def logs_one(self) -> Findings:
        if len(self.new) != 1:
            yield Finding("one", str(len(self.new)))


def load(folder: Path, words: str, table: str, requires: type[Requirements] = Solve) -> Exercise:
    (folder / "solve.toml").write_text(words)
    (folder / "solve.csv").write_text(table)
    exercise, *_ = engine.load(str(folder / "solve.py"), requires)
    return exercise


def examine(exercise: Exercise, function: object, store: Store | None = None) -> Report:
    uri = mlflow.get_tracking_uri().rstrip("/")
    store = store or Store(uri, ("1", "2"))
    store.log(run("beside old"))
    store.add(exercise.runs_before(0))
    return exercise.examine(lambda call: perform(function, call, "1"), store)


def report(exercise: Exercise, *does: Callable[[Store], object]) -> Report:
    """The report on a function that does one of these in each of its calls."""
    left = list(does)
    store = Store(mlflow.get_tracking_uri().rstrip("/"), ("1", "2"))

    def nest(number: int, run_id: str, check: str) -> object:
        return left.pop(0)(store)

    made = examine(exercise, nest, store)
    assert not left
    return made


def marks(made: Report) -> str:
    """The ticks, crosses and circles of a report's lines."""
    return "".join(re.findall(r"(?m)^(?:\*\*)?([✓✗○]) (?!will be)", repr(made))[1:])


def logs(*runs: str | Run) -> Callable[[Store], None]:
    """Log runs, given as such or by their ids."""
    return lambda store: store.log(*(run(one) if isinstance(one, str) else one for one in runs))


def fails(store: Store) -> None:
    store.log(run("failing"))
    raise ValueError


def loses(store: Store) -> None:
    store.log(run("a"))
    del store.runs["old"]


def on_the_experiment(**others: str) -> Callable[[Store], None]:
    """Log a run, and leave something else of the experiment."""

    def does(store: Store) -> None:
        store.log(run("a"))
        store.others = dict(others)

    return does


CASES: dict[str, tuple[list[Callable[[Store], Any]], str]] = {
    # What others log in between is not the function's.
    "right": ([logs("a"), logs("b")], "✓✓✓✓✓"),
    # A requirement is met if it was judged on every call.
    "fails at last": ([logs("a"), fails], "✓✗○○○"),
    "fails at first": ([fails, logs("a")], "✓✗○○○"),
    # A wrong call does not hide the others.
    "two runs": ([logs("a", "b"), logs("c")], "✓✓✓✓✗"),
    "no run": ([logs("a"), logs()], "✓✓✗✓○"),
    "beside": ([logs("a"), logs("b", "beside new")], "✓✓✗✓○"),
    # What was there before must not change.
    "renames": ([logs("a", run("old", "renamed")), logs("b")], "✓✓✓✗✓"),
    "tags": ([logs("a", run("beside old", key="value")), logs("b")], "✓✓✓✗✓"),
    "reopens": ([logs("a", run("old", status="RUNNING")), logs("b")], "✓✓✓✗✓"),
    "loses": ([loses, logs("b")], "✓✓✓✗✓"),
    "tags it": ([on_the_experiment(tags="c"), logs("b")], "✓✓✓✗✓"),
    "untags it": ([on_the_experiment(), logs("b")], "✓✓✓✗✓"),
    "deletes it, so that no call follows": (
        [on_the_experiment(tags="deleted")],
        "✓✓✓✗✓",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_met(exercise: Exercise, case: str) -> None:
    does, wanted = CASES[case]
    assert marks(report(exercise, *does)) == wanted


def test_what_the_task_asks_for_may_change(exercise: Exercise) -> None:
    class MayReopen(Solve):
        def changes_nothing_else(self) -> Findings:
            return self.changes({("old", "status")})

    exercise.requires = MayReopen
    assert marks(report(exercise, *CASES["reopens"][0])) == "✓✓✓✓✓"
    assert marks(report(exercise, *CASES["renames"][0])) == "✓✓✓✗✓"


def test_arguments_name_runs_and_the_check(exercise: Exercise) -> None:
    asked: list[list[Any]] = []

    class Tells(Solve):
        def logs_one(self) -> Findings:
            asked.append(self.args)
            yield from ()

    exercise.requires = Tells
    report(exercise, logs("a"), logs("b"))
    assert asked == [[1, "old", "Check"], [1, "somebody's", "Check"]]


def test_an_error_is_told_with_the_students_line_and_its_own_cause(exercise: Exercise) -> None:
    made = report(exercise, lambda store: 1 / 0, logs("b"))
    assert made.first_unmet
    assert made.first_unmet.look == "the division"
    assert made.first_unmet.hints == ["What is divided?", "By what?"]
    made = report(exercise, lambda store: np.random.default_rng().integers(5, 1), logs("b"))
    assert "ValueError: low >= high" in repr(made)
    assert "np.random.default_rng().integers(5, 1)" in repr(made)  # no line of a compiled library
    assert "exercises" not in repr(made)


def test_nothing_is_shown_of_what_a_handler_logs(
    exercise: Exercise, capfd: pytest.CaptureFixture[str]
) -> None:
    handler, logger = logging.StreamHandler(), logging.getLogger("of a library")  # has stderr now
    logger.addHandler(handler)
    report(exercise, lambda store: logger.error("NOISE"), lambda store: print("NOISE"))
    assert "NOISE" not in "".join(capfd.readouterr())
    logger.error("after the call")
    logger.removeHandler(handler)
    assert "after the call" in capfd.readouterr().err


def test_the_starter_is_unsolved_with_a_remark_too_and_wrapped_it_is_not(
    exercise: Exercise,
) -> None:
    starter = find("nest", "untouched", "starter")
    nest = replace(starter, source=starter.source + "    # a remark of my own\n").function()
    exercise.words.call[:] = [Call(["parent", [1]])]

    @wraps(nest)
    def with_more(*given: Any) -> None:
        nest(*given)

    assert examine(exercise, nest).state == "unsolved"
    headline, says, *_ = repr(examine(exercise, nest)).split("\n\n")
    assert "NOT SOLVED YET" in headline
    assert says == "Nothing of the task is there yet."  # before the list of what is required
    assert examine(exercise, with_more).state == "wrong"


NO_FUNCTIONS: list[object] = [None, 3, "nest", [], {"a": 1}]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda one, two: None, "`def nest(one, two)`"),
        *[(value, type(value).__name__) for value in NO_FUNCTIONS],
    ],
)
def test_what_cannot_be_called_like_that(exercise: Exercise, given: object, said: str) -> None:
    made = examine(exercise, given)
    assert marks(made) == "✗○○○○"
    assert said in repr(made)


class Odd:
    """An object that can be called, and that tells nothing of itself."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __call__(self, *given: object) -> None:
        pass


@pytest.mark.parametrize("make", [MagicMock, Odd, lambda: lambda *given: MagicMock()])
def test_an_odd_object_gets_a_report(exercise: Exercise, make: Callable[[], object]) -> None:
    assert marks(examine(exercise, make())) == "✓✓✗✓○"


# What a student sees


@pytest.mark.parametrize(
    ("state", "headline", "does"),
    [
        ("solved", "✓ SOLVED: 5 of 5 requirements met", [logs("a"), logs("b")]),
        ("wrong", "✗ NOT RIGHT YET: 4 of 5 requirements met", [logs("a", "b"), logs("c")]),
    ],
)
def test_the_views(
    exercise: Exercise, state: str, headline: str, does: list[Callable[[Store], Any]]
) -> None:
    made = report(exercise, *does)
    assert made.state == state
    assert repr(made).startswith(f"**{headline}**\n")
    assert repr(made) in made._repr_markdown_()
    titles = [one.title for one in exercise.words.requirement.values()]
    assert re.findall(r"(?m)^(?:\*\*)?[✓✗○] (.*?)(?:\*\*|  )$", repr(made))[1:] == titles
    assert (made.points > 0) == made.passed == (state == "solved")
    assert made.points._repr_html_().startswith("<!--")  # no bare number below the report


def test_hints_one_by_one_on_what_was_found_and_the_solution_after_passing(
    exercise: Exercise,
) -> None:
    first, second, again = (repr(exercise.hint()) for _ in range(3))
    assert "Hint 1 of 2" in first
    assert ("Begin." in first, "Go on." in first) == (True, False)
    assert "Begin." in second  # what came before stays on the page
    assert "Go on." in second
    assert second == again
    assert "`solution(reveal=True)`" in second
    assert "`solution(reveal=True)`" in repr(exercise.solution())

    for does, title in (
        (logs("a", "b"), "it logs one run"),
        (fails, "it runs to its end without an error"),
    ):
        exercise.report = report(exercise, does, logs("c"))  # a new mistake begins with its first
        unmet = exercise.report.first_unmet
        assert unmet
        assert unmet.title == title
        for number, text in enumerate(unmet.hints, start=1):
            shown = repr(exercise.hint())
            assert text in shown
            assert f"Hint {number} of {len(unmet.hints)}" in shown
            assert f"*About:* {title}." in shown
    assert "`solution(reveal=True)`" in repr(exercise.solution())
    assert "nested=True" in exercise.solution(reveal=True).text

    exercise.report = report(exercise, logs("a"), logs("b"))
    assert "nested=True" in exercise.solution().text
    assert "adopt" not in exercise.solution().text  # the page's other exercise
    assert "nothing is left to hint at" in repr(exercise.hint())


# Mistakes in an exercise's files


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "it logs one run"', "", "requirement.logs_one.title"),
        ('look = "start_run"', 'loook = "start_run"', "requirement.logs_one.loook"),
        ('needs = ["logs_here"]', 'needs = ["logs_there"]', "requirement.logs_one.needs"),
        ('needs = ["logs_here"]', "needs = 3", "requirement.logs_one.needs"),
        ('hints = ["How many?", "One."]', "hints = []", "requirement.logs_one.hints"),
        ('hints = ["Begin.", "Go on."]', "", "nothing_yet.hints"),
        ('function = "nest"', "function =", "line 3"),
        ("[requirement.logs_here]", "[requirement.logs_her]", "requirement.logs_her.title"),
        ("[[call]]", "[[call]]\nsed = 3", "call.0.sed"),
        (WORDS[WORDS.index("[[call]]") :], "", "call"),
        ("@old", "@older", "names what is not there: 'older'"),
    ],
)
def test_a_mistake_in_the_words_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"solve\.toml") as error:
        load(tmp_path, WORDS.replace(old, new), TABLE)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("old,run,,", "old,run,soon,", "line 2: .*minute"),
        ("\nold,", "\ntuning,", "line 2: .* is the label of a run above"),
        (",,1", ",,one", "line 3: .*before_call"),
        ("minute", "started", "line 3: .*started"),
        ("label,name", "name,label_", "line 2: .*label"),
        ("label,name,minute", "label,name,parent", "line 3: no run 'd' stands above"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    table = TABLE.replace(old, new)
    (tmp_path / "solve.csv").write_text(table.replace(",,1", ",d,1" if "parent" in new else ",2,1"))
    with pytest.raises(ValueError, match=f"(?s)solve.csv, {said}"):
        runs_in(MONTH, tmp_path / "solve.csv")


def test_words_without_a_test_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"solve\.toml .* 'logs_one'"):
        load(tmp_path, WORDS, TABLE, Requirements)
