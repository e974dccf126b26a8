"""The engine of the exercises, on runs that are made here: no server, so it takes a second."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow.entities import Run, RunData, RunInfo

from exercises.engine import Exercise, Finding, Record
from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Call, Callee, Here, Outcome, perform
from exercises.engine.solved import cells_of
from exercises.engine.words import load
from exercises.engine.world import MONTH, Logged, runs_in

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
    info = RunInfo(run_id, experiment, "me", status, 1, 2, "active", run_name=name)
    made = Run(info, RunData())
    made.data.tags.update(tags)
    return made


@dataclass
class Store(Backend):
    """A store in a dictionary."""

    runs: dict[str, Run] = field(default_factory=dict)
    others: dict[str, object] = field(default_factory=lambda: {"its tags": "b"})

    def log(self, *runs: Run) -> None:
        self.runs |= {run.info.run_id: run for run in runs}

    def snapshot(self) -> Snapshot:
        return Snapshot(dict(self.runs), dict(self.others))

    def add(self, runs: Sequence[Logged]) -> None:
        self.log(*(run(one.label, one.name) for one in runs))
        self.world = self.world.joined_by(runs, {one.label: one.label for one in runs})


@dataclass
class Function:
    """A function of a student's that logs to that store."""

    does: Callable[[Store], Outcome]
    store: Store
    calls: list[Call] = field(default_factory=list)

    def call(self, call: Call) -> Outcome:
        self.calls.append(call)
        return self.does(self.store)

    def look(self, what: str, *args: object) -> Any:
        return what, len(self.store.runs), *args


DONE = Outcome()


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    """An exercise with two calls; somebody else logs a run before the second one."""
    path = tmp_path / "solve.toml"
    path.write_text(WORDS)
    table = tmp_path / "solve.csv"
    table.write_text(TABLE)
    made = Exercise(load(path), runs_in(table))

    @made.requirement
    def logs_one(record: Record) -> Finding | None:
        return None if len(record.new) == 1 else Finding("one", str(len(record.new)))

    return made


def store(exercise: Exercise) -> Store:
    made = Store("here", ("1", "2"), runs={"beside": run("beside")})
    made.add(exercise.first_runs)
    return made


def marks(exercise: Exercise, *does: Callable[[Store], Outcome]) -> str:
    """The ticks, crosses and circles of a report on what a function does in each of its calls."""
    left, made = list(does), store(exercise)
    function = Function(lambda store: left.pop(0)(store), made)
    report = exercise.examine(function, made)
    assert not left
    return "".join({True: "✓", False: "✗", None: "○"}[result.met] for result in report.results)


def logs(*run_ids: str, **outcome: Any) -> Callable[[Store], Outcome]:
    """Log runs, and return."""

    def does(store: Store) -> Outcome:
        store.log(*map(run, run_ids))
        return Outcome(**outcome)

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


def test_another_server_or_experiment(exercise: Exercise) -> None:
    strays = logs("second", strayed="`its own run` went to another experiment")
    assert marks(exercise, logs("first"), strays) == "✓✓✗✓○"


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
    store.others["its tags"] = "c"
    return DONE


def untags_the_experiment(store: Store) -> Outcome:
    store.log(run("first"))
    store.others.clear()
    return DONE


EXPERIMENT = [tags_the_experiment, untags_the_experiment]


@pytest.mark.parametrize("changes", [renames, tags, reopens, loses, *EXPERIMENT])
def test_what_was_there_before_must_not_change(
    exercise: Exercise, changes: Callable[[Store], Outcome]
) -> None:
    assert marks(exercise, changes, logs("second")) == "✓✓✓✗✓"


def test_no_call_is_made_once_the_experiment_is_deleted(exercise: Exercise) -> None:
    def deletes(store: Store) -> Outcome:
        store.log(run("first"))
        store.others["its tags"] = "deleted"
        return DONE

    assert marks(exercise, deletes) == "✓✓✓✗✓"  # there is no second call


def test_what_the_task_asks_for_may_change(exercise: Exercise) -> None:
    exercise.may_change = lambda record, change: change.field == "status"
    assert marks(exercise, reopens, logs("second")) == "✓✓✓✓✓"
    assert marks(exercise, renames, logs("second")) == "✓✓✓✗✓"


def test_what_is_read_besides_the_runs(exercise: Exercise) -> None:
    records: list[Record] = []
    exercise.tests["logs_one"] = lambda record: records.append(record)

    def reads(backend: Backend, callee: Callee) -> Snapshot:
        more = callee.look("a:b", backend.world.name)
        return replace(backend.snapshot(), more=more, others={"the number of runs": more[1]})

    exercise.read = lambda backend, callee: replace(reads(backend, callee), others={})
    assert marks(exercise, logs("first"), logs("second")) == "✓✓✓✓✓"
    read = [(record.before.more, record.after.more) for record in records]
    assert read == [
        (("a:b", 2, "Check"), ("a:b", 3, "Check")),
        (("a:b", 4, "Check"), ("a:b", 5, "Check")),  # somebody else has logged a run
    ]
    exercise.read = reads
    assert marks(exercise, logs("first"), logs("second")) == "✓✓✓✗✓"


def test_arguments_name_runs_and_the_check(exercise: Exercise) -> None:
    made = store(exercise)
    function = Function(logs("a"), made)
    exercise.examine(function, made)
    assert [call.args for call in function.calls] == [
        [1, "old", "Check"],
        [1, "somebody's", "Check"],
    ]


def test_a_look_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    here = Here(print, "here", "1")
    assert here.look("json:dumps", ["a"]) == '["a"]'
    assert here.look("builtins:print", "NOISE") is None
    assert "NOISE" not in capfd.readouterr().out


def report(exercise: Exercise, outcome: Outcome) -> Any:
    made = store(exercise)
    return exercise.examine(Function(lambda store: outcome, made), made)


def test_the_cause_of_an_error_speaks(exercise: Exercise) -> None:
    said = report(exercise, Outcome(error="ZeroDivisionError: by zero"))
    assert said.first_unmet.look == "the division"
    assert said.first_unmet.hints == ["What is divided?", "By what?"]


@pytest.mark.parametrize(("unmet", "cause"), [(3, ""), (4, "guessed")])
def test_a_guess_is_a_cause_if_it_fits_in_many_calls(
    exercise: Exercise, unmet: int, cause: str
) -> None:
    left = list(range(unmet, -1, -1))
    words = exercise.words.requirement["logs_one"]
    guessed = words.model_copy(update={"cause": {"guessed": words, "another": words}})
    exercise.words.requirement["logs_one"] = guessed
    exercise.words.call[:] = [Call()] * len(left)

    def guesses(record: Record) -> Finding | None:
        number = left.pop()
        both = ["another", "guessed"] if number % 2 else ["guessed"]
        return Finding("one", "none", guesses=both) if number else None

    exercise.tests["logs_one"] = guesses
    made = store(exercise)
    said = exercise.examine(Function(lambda at: logs(str(len(at.runs)))(at), made), made)
    assert said.first_unmet
    assert said.first_unmet.finding
    assert said.first_unmet.finding.cause == cause


@pytest.mark.parametrize("end", ["", "  # a remark of my own"])
def test_the_starter_as_it_was_handed_out(exercise: Exercise, end: str) -> None:
    cell, *_ = cells_of(exercise.notebook, "nest")
    said = report(exercise, replace(DONE, source="".join(cell["source"]) + end))
    assert said.state == "unsolved"
    assert repr(said).endswith("Nothing of the task is there yet.")
    assert report(exercise, replace(DONE, source="def nest(): pass")).state == "wrong"


def test_a_compiled_librarys_line_is_not_the_students(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")
    outcome = perform(lambda: np.random.default_rng().integers(5, 1), Call(), "1")
    assert outcome.error == "ValueError: low >= high"
    assert "np.random.default_rng().integers(5, 1)" in outcome.where


def test_nothing_is_shown_of_what_a_handler_logs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")
    handler, logger = logging.StreamHandler(), logging.getLogger("of a library")  # has stderr now
    logger.addHandler(handler)
    perform(lambda: logger.error("NOISE"), Call(), "1")
    assert "NOISE" not in capfd.readouterr().err
    logger.error("after the call")
    logger.removeHandler(handler)
    assert "after the call" in capfd.readouterr().err


def test_a_function_that_wraps_the_starter_is_not_the_starter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")

    def nest() -> None:
        pass

    @wraps(nest)
    def with_more() -> None:
        nest()

    assert "def with_more" in perform(with_more, Call(), "1").source
    assert "def nest" in perform(nest, Call(), "1").source


def test_other_arguments(exercise: Exercise) -> None:
    said = report(exercise, perform(lambda one, two: print(one, two), Call([1]), "1"))
    assert said.first_unmet.key == "accepts_arguments"
    assert "`def nest(one, two)`" in repr(said)


@pytest.mark.parametrize("value", [None, 3, "solve", [], {"a": 1}])
def test_what_is_no_function(exercise: Exercise, value: object) -> None:
    said = exercise.check(value)
    assert said.first_unmet
    assert said.first_unmet.key == "accepts_arguments"
    assert type(value).__name__ in repr(said)
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
        ('function = "nest"', "function =", "line 3"),
        ("[requirement.logs_here]", "[requirement.logs_her]", "requirement.logs_her.title"),
        ("[[call]]", "[[call]]\nsed = 3", "call.0.sed"),
        (WORDS[WORDS.index("[[call]]") :], "", "call"),
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
    with pytest.raises(KeyError, match="logs_one"):
        marks(exercise, logs("first"), logs("second"))


def test_a_test_without_words_is_named(exercise: Exercise) -> None:
    def misspelt(record: Record) -> Finding | None:
        return None

    with pytest.raises(ValueError, match="misspelt"):
        exercise.requirement(misspelt)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("old,run,,", "old,run,soon,", "line 2: .*minute"),
        ("somebody's,run,,1", "somebody's,run,,one", "line 3: .*before_call"),
        ("minute", "started", "line 2|started"),
        ("label,name", "name,label_", "line 2: .*label"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    table = tmp_path / "solve.csv"
    table.write_text(TABLE.replace(old, new).replace(",,1", ",2,1"))
    with pytest.raises(ValueError, match=f"(?s){table}, {said}"):
        runs_in(table)


def test_a_run_that_is_not_in_the_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "solve.toml").write_text(WORDS)
    (tmp_path / "solve.csv").write_text(TABLE.replace("old", "older"))
    with pytest.raises(ValueError, match=r"solve.toml: call.0.args: no run 'old' is there"):
        Exercise.load(str(tmp_path / "solve.py"))


def test_a_parent_stands_above_its_children(tmp_path: Path) -> None:
    table = tmp_path / "solve.csv"
    table.write_text("label,name,parent\na,run,tuning\nb,run,a\nc,run,d\n")
    with pytest.raises(ValueError, match="line 4: no run 'd' stands above"):
        runs_in(MONTH, table)
