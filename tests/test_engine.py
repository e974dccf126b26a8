"""The engine of the exercises, on runs that are made here: no server, so it takes a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow.entities import Run, RunData, RunInfo

from exercises.engine import Call, Described, Exercise, Finding, Logged, Record, Step, World
from exercises.engine.calling import Here, Outcome, describe, perform
from exercises.engine.words import load

WORDS = """
notebook = "02_nested_runs.ipynb"
function = "solve"
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
"""


def run(run_id: str, name: str = "run", status: str = "FINISHED", **tags: str) -> Run:
    """A run as the server returns it, in the experiment "1" unless its id begins with "beside"."""
    experiment = "2" if run_id.startswith("beside") else "1"
    info = RunInfo(run_id, experiment, "me", status, 1, 2, "active", run_name=name)
    made = Run(info, RunData())
    made.data.tags.update(tags)
    return made


@dataclass
class Store:
    """A store in a dictionary."""

    runs: dict[str, Run] = field(default_factory=dict)
    tags: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {"a": "b"}))
    uri: str = "here"
    experiments: tuple[str, str] = ("1", "2")
    world: World = field(default_factory=World)

    def log(self, *runs: Run) -> None:
        self.runs |= {run.info.run_id: run for run in runs}

    def read(self) -> list[Run]:
        return list(self.runs.values())

    def experiment_tags(self) -> list[dict[str, str]]:
        return [dict(tags) for tags in self.tags]

    def add(self, runs: Sequence[Logged]) -> dict[str, str]:
        self.log(*(run(one.label, one.name) for one in runs))
        return {one.label: one.label for one in runs}

    def experiment_name(self, experiment_id: str) -> str:
        return {"7": "another"}.get(experiment_id, "")

    def registered(self, model_name: str) -> Mapping[str, Any]:
        raise NotImplementedError


@dataclass
class Function:
    """A function of a student's that logs to that store."""

    does: Callable[[Store], Outcome]
    store: Store
    described: Described

    def describe(self) -> Described:
        return self.described

    def call(self, call: Call) -> Outcome:
        return self.does(self.store)

    def look(self, what: str, *args: object) -> Any:
        return what, len(self.store.runs), *args


DONE = Outcome(tracking_uri="here", experiment_id="1")


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    """An exercise with two calls; somebody else logs a run before the second one."""
    path = tmp_path / "solve.toml"
    path.write_text(WORDS)
    made = Exercise(load(path))

    @made.requirement
    def logs_one(record: Record) -> Finding | None:
        return None if len(record.new) == 1 else Finding("one", str(len(record.new)))

    def calls(world: World, described: Described) -> Iterator[Step]:
        yield Step(Call((1,)))
        yield Step(Call((1,)), first=[Logged("somebody's", "run")])

    made.calls = calls
    return made


def marks(exercise: Exercise, *does: Callable[[Store], Outcome]) -> str:
    """The ticks, crosses and circles of a report on what a function does in each of its calls."""
    store = Store({"old": run("old"), "beside": run("beside")})
    left = list(does)
    function = Function(lambda store: left.pop(0)(store), store, describe(print))
    report = exercise.examine(function, store)
    return "".join({True: "✓", False: "✗", None: "○"}[result.met] for result in report.results)


def logs(*run_ids: str, **outcome: Any) -> Callable[[Store], Outcome]:
    """Log runs, and return."""

    def does(store: Store) -> Outcome:
        store.log(*map(run, run_ids))
        return Outcome(**{"tracking_uri": "here", "experiment_id": "1", **outcome})

    return does


def test_what_others_log_is_not_the_functions(exercise: Exercise) -> None:
    assert marks(exercise, logs("first"), logs("second")) == "✓✓✓✓✓"


def test_a_requirement_is_met_only_if_it_was_judged_on_every_call(exercise: Exercise) -> None:
    fails = logs("second", error="ValueError: no")
    assert marks(exercise, logs("first"), fails) == "✓✗○○○"
    assert marks(exercise, fails, logs("first")) == "✓✗○○○"


def test_a_wrong_call_does_not_hide_the_others(exercise: Exercise) -> None:
    assert marks(exercise, logs("first", "second"), logs("third")) == "✓✓✓✓✗"
    assert marks(exercise, logs("first"), logs()) == "✓✓✗✓○"


@pytest.mark.parametrize(
    "strays",
    [
        {"tracking_uri": "there"},
        {"experiment_id": "7"},
        {"elsewhere": "its own run"},
    ],
)
def test_another_server_or_experiment(exercise: Exercise, strays: dict[str, str]) -> None:
    assert marks(exercise, logs("first"), logs("second", **strays)) == "✓✓✗✓○"


def test_a_run_in_the_experiment_beside(exercise: Exercise) -> None:
    assert marks(exercise, logs("first"), logs("second", "beside new")) == "✓✓✗✓○"


def renames(store: Store) -> Outcome:
    store.log(run("first"), run("old", "renamed"))
    return DONE


def tags(store: Store) -> Outcome:
    store.log(run("first"), run("beside", key="value"))
    return DONE


def reopens(store: Store) -> Outcome:
    store.log(run("first"), run("old", status="RUNNING"))
    return DONE


def loses(store: Store) -> Outcome:
    store.log(run("first"))
    del store.runs["old"]
    return DONE


def tags_the_experiment(store: Store) -> Outcome:
    store.log(run("first"))
    store.tags[0]["key"] = "value"
    return DONE


def untags_the_experiment_beside(store: Store) -> Outcome:
    store.log(run("first"))
    store.tags[1].clear()
    return DONE


EXPERIMENTS = [tags_the_experiment, untags_the_experiment_beside]


@pytest.mark.parametrize("changes", [renames, tags, reopens, loses, *EXPERIMENTS])
def test_what_was_there_before_must_not_change(
    exercise: Exercise, changes: Callable[[Store], Outcome]
) -> None:
    assert marks(exercise, changes, logs("second")) == "✓✓✓✗✓"


def test_no_call_is_made_once_the_experiment_is_deleted(exercise: Exercise) -> None:
    def deletes(store: Store) -> Outcome:
        store.log(run("old"))
        store.runs["old"].info._lifecycle_stage = "deleted"
        return DONE

    assert marks(exercise, deletes) == "✓✓✗✗○"  # there is no second call


def test_what_the_task_asks_for_may_change(exercise: Exercise) -> None:
    exercise.may_change = lambda record, change: change.field == "status"
    assert marks(exercise, reopens, logs("second")) == "✓✓✓✓✓"
    assert marks(exercise, renames, logs("second")) == "✓✓✓✗✓"


def test_what_is_read_besides_the_runs(exercise: Exercise) -> None:
    records: list[Record] = []
    exercise.tests["logs_one"] = lambda record: records.append(record)
    exercise.read_more = lambda backend, callee: callee.look("a:b", backend.world.name)
    assert marks(exercise, logs("first"), logs("second")) == "✓✓✓✓✓"
    read = [(record.more_before, record.more) for record in records]
    assert read == [
        (("a:b", 2, "Check"), ("a:b", 3, "Check")),
        (("a:b", 3, "Check"), ("a:b", 5, "Check")),  # somebody else has logged a run
    ]


def test_a_look_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    here = Here(print, "here", "1")
    assert here.look("json:dumps", ["a"]) == '["a"]'
    assert here.look("builtins:print", "NOISE") is None
    assert "NOISE" not in capfd.readouterr().out


def report(exercise: Exercise, does: Callable[[Store], Outcome], described: Described) -> Any:
    store = Store()
    return exercise.examine(Function(does, store, described), store)


def test_the_cause_of_an_error_speaks(exercise: Exercise) -> None:
    said = report(
        exercise, logs("a", error="ZeroDivisionError: by zero"), describe(lambda n: print(n))
    )
    assert said.first_unmet.look == "the division"
    assert said.first_unmet.hints == ["What is divided?", "By what?"]


@pytest.mark.parametrize(
    ("outcome", "described"),
    [
        (DONE, describe(lambda number: None)),
        (Outcome(unfinished=True, error="NotImplementedError"), describe(lambda n: print(n))),
    ],
)
def test_nothing_yet(exercise: Exercise, outcome: Outcome, described: Described) -> None:
    said = report(exercise, lambda store: outcome, described)
    assert said.state == "unsolved"
    assert said.message == "Nothing of the task is there yet."


def test_a_compiled_librarys_line_is_not_the_students(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")
    outcome = perform(lambda: np.random.default_rng().integers(5, 1), Call(), "1")
    assert outcome.error == "ValueError: low >= high"
    assert "np.random.default_rng().integers(5, 1)" in outcome.where


def test_other_arguments(exercise: Exercise) -> None:
    said = report(exercise, logs("a"), describe(lambda one, two: print(one, two)))
    assert said.first_unmet.key == "accepts_arguments"
    assert "`def solve(one, two)`" in said.message


@pytest.mark.parametrize("value", [None, 3, "solve", [], {"a": 1}])
def test_what_is_no_function(exercise: Exercise, value: object) -> None:
    said = exercise.check(value)
    assert said.first_unmet.key == "accepts_arguments"
    assert type(value).__name__ in said.message
    assert "give `check` the name alone" in " ".join(said.first_unmet.hints).lower()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "it logs one run"', "", "requirement.logs_one.title"),
        ('look = "start_run"', 'loook = "start_run"', "requirement.logs_one.loook"),
        ('needs = ["logs_here"]', 'needs = ["logs_there"]', "requirement.logs_one.needs"),
        ('needs = ["logs_here"]', "needs = 3", "requirement.logs_one.needs"),
        ('hints = ["How many?", "One."]', "hints = []", "requirement.logs_one.hints"),
        ('hints = ["Begin.", "Go on."]', "", "nothing_yet.hints"),
        ('function = "solve"', "function =", "line 3"),
        ("[requirement.logs_here]", "[requirement.logs_her]", "requirement.logs_her.title"),
    ],
)
def test_a_mistake_in_the_words_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "solve.toml"
    path.write_text(WORDS.replace(old, new))
    with pytest.raises(ValueError, match=str(path)) as error:
        load(path)
    assert said in str(error.value)


def test_words_without_a_test_are_named(exercise: Exercise) -> None:
    del exercise.tests["logs_one"]
    with pytest.raises(ValueError, match="logs_one"):
        exercise.all_tests()


def test_a_test_without_words_is_named(exercise: Exercise) -> None:
    @exercise.requirement
    def misspelt(record: Record) -> Finding | None:
        return None

    with pytest.raises(ValueError, match="misspelt"):
        exercise.all_tests()


@pytest.mark.parametrize(
    ("function", "empty"),
    [
        (lambda: None, True),
        (lambda: ..., True),
        (lambda given=print: given(), False),
        (lambda: (lambda: 3)(), False),
        (lambda: (yield), False),
    ],
)
def test_which_functions_are_empty(function: Callable[..., object], empty: bool) -> None:
    assert describe(function).empty is empty
