"""The engine of the exercises, on runs that are made here: no server, so it takes a second."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from pathlib import Path

import numpy as np
import pytest

from exercises import engine
from exercises.engine import Exercise, Finding, Findings, Requirements, Run
from exercises.engine.call_outcome import from_error
from exercises.engine.calling import perform
from exercises.engine.check_store import CheckStore
from exercises.engine.exercise_files import MONTH, Call, Cause, PreparedRun, read_runs
from exercises.engine.report import Report
from exercises.engine.snapshot import Snapshot
from exercises.engine.wrong_values import among, recognize
from helpers.read_runs import PARENT_TAG

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
label,name,before_call
old,run,
somebody's,run,1
"""


def run(run_id: str, name: str = "run", status: str = "FINISHED", **tags: str) -> Run:
    """A run as the server returns it, in the experiment "1" unless its id begins with "beside"."""
    experiment = "2" if run_id.startswith("beside") else "1"
    return Run(run_id, name, experiment, status, "active", 1, 2, {}, {}, tags)


@dataclass
class Store(CheckStore):
    """A store in a dictionary."""

    runs: dict[str, Run] = field(default_factory=dict)
    surroundings: dict[str, object] = field(default_factory=lambda: {"tags": "b"})
    further: list[Run] = field(default_factory=list)  # in other experiments

    def log(self, *runs: Run) -> None:
        self.runs |= {run.run_id: run for run in runs}

    def snapshot(self, *, models: bool = False) -> Snapshot:
        return Snapshot(dict(self.runs), dict(self.surroundings))

    def runs_elsewhere(self, since: int) -> list[Run]:
        return self.further

    def add(self, runs: Sequence[PreparedRun]) -> None:
        self.log(*(run(prepared.label, prepared.name) for prepared in runs))
        self.id_by_label |= {prepared.label: prepared.label for prepared in runs}


Does = Callable[[Store], object]


class Solve(Requirements):
    def logs_one(self) -> Findings:
        if len(self.new_runs) != 1:
            yield Finding("one", str(len(self.new_runs)))


def load(folder: Path, words: str = WORDS) -> Exercise:
    (folder / "words.toml").write_text(words)
    (folder / "runs.csv").write_text(TABLE)
    exercise, *_ = engine.load(str(folder / "__init__.py"), Solve)
    return exercise


@pytest.fixture
def exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """An exercise with two calls; somebody else logs a run before the second one."""
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")  # the one that is active
    return load(tmp_path)


def examine(exercise: Exercise, function: object, store: Store | None = None) -> Report:
    store = store or Store("", ("1", "2"))
    store.log(run("beside old"))
    store.add(exercise.runs_before(0))
    return exercise.examine(lambda call: perform(function, call, "1"), store)


def report_on(exercise: Exercise, *does: Does) -> Report:
    """The report on a function that does one of these in each of its calls; all must be made."""
    left, store = list(does), Store("", ("1", "2"))

    def nest(number: int, run_id: str, check: str) -> object:
        return left.pop(0)(store)

    report = examine(exercise, nest, store)
    assert not left
    return report


def marks(report: Report) -> str:
    return "".join({True: "✓", False: "✗", None: "○"}[result.met] for result in report.results)


def logs(*runs: str | Run) -> Does:
    """Log runs, given as such or by their ids."""
    return lambda store: store.log(
        *(run(known) if isinstance(known, str) else known for known in runs)
    )


def names_a_model_deleted(store: Store) -> None:
    store.log(run("a"))
    store.surroundings["the model"] = "deleted"


@pytest.mark.parametrize(
    ("does", "wanted"),
    [
        # What others log in between is not the function's.
        ([logs("a"), logs("b")], "✓✓✓✓✓"),
        ([logs("a"), lambda store: store.runs["none"]], "✓✗○○○"),
        # No name that a student gives ends the check.
        ([names_a_model_deleted, lambda store: store.runs["none"]], "✓✗○○○"),
        ([logs("a", "b")], "✓✓✓✓✗"),  # no call is made after one with a mistake
        ([logs("a"), logs("b", "beside new")], "✓✓✗✓○"),
        ([logs("a", run("old", "renamed"))], "✓✓✓✗✓"),
        # A run that is opened again ends at another time.
        ([logs("a", replace(run("old"), end_time=3))], "✓✓✓✗✓"),
    ],
)
def test_what_is_met(exercise: Exercise, does: list[Does], wanted: str) -> None:
    assert marks(report_on(exercise, *does)) == wanted


class Odd:
    """An object that can be called, and answers every question about itself with an error."""

    def __init__(self, function: Callable[..., object] = print) -> None:
        self.function = function

    def __getattr__(self, name: str) -> object:
        raise KeyError(name)

    def __repr__(self) -> str:
        raise KeyError("repr")

    def __call__(self, *args: object) -> object:
        return self.function(*args)


def decorated(function: Callable[..., object]) -> Callable[..., object]:
    return wraps(function)(lambda *args: (function(*args), 0.5))


def made_by_a_class(function: Callable[..., object]) -> type:
    return type("Nest", (), {"__init__": lambda self, *args: function(*args) and None})


@pytest.mark.parametrize("make", [Odd, decorated, partial, made_by_a_class])
def test_whatever_can_be_called_is_called(
    exercise: Exercise, make: Callable[[object], object]
) -> None:
    store, names = Store("", ("1", "2")), iter("ab")
    assert examine(exercise, make(lambda *_: store.log(run(next(names)))), store).passed


class Speechless(BaseException):
    def __str__(self) -> str:
        raise ValueError


def endless(*args: object) -> object:
    return endless(*args)


def raises(error: BaseException) -> object:
    raise error


@pytest.mark.parametrize(
    ("does", "error"),
    [
        (lambda *_: sys.exit(1), "`SystemExit: 1`"),
        (lambda *_: eval("1 +* 2"), "`SyntaxError: invalid syntax`"),
        (lambda *_: raises(Speechless()), "Speechless: <exception str() failed>`"),
        (endless, "`RecursionError: maximum recursion depth exceeded"),
        (
            lambda *_: raises(ValueError("word " * 1000 + "`</div>\n# <b>bold</b>")),
            "`ValueError: word",
        ),
    ],
)
def test_whatever_a_function_raises_is_a_verdict(
    exercise: Exercise, does: Callable[..., object], error: str
) -> None:
    report = examine(exercise, does)
    assert marks(report) == "✓✗○○○"
    assert error in report.message
    assert "<b>" not in report.message
    assert len(report.message) < 2_000


def test_a_report_says_which_calls_were_not_made_and_which_of_two_alike_it_is_about(
    exercise: Exercise,
) -> None:
    report = report_on(exercise, logs("a", "b"))
    assert (
        "The check stopped at this call. When it is right, 1 more call will follow."
        in report.message
    )
    assert not report.passed
    assert "*Called:* `nest(1, 'old', 'Check')`\n" in report.message.replace("  \n> ", "\n")
    exercise.words.calls[1].args[1] = "@old"
    report = report_on(exercise, logs("a"), logs("b", "c"))
    assert "call 2. It repeats call 1, after the check has logged more runs" in report.message
    assert "will follow" not in report.message


def test_runs_in_further_experiments_are_found(exercise: Exercise) -> None:
    def elsewhere(store: Store) -> None:
        store.log(run("a"))
        store.further = [run("child", **{PARENT_TAG: "a"})]

    report = report_on(exercise, elsewhere)
    assert marks(report) == "✓✓✗✓○"
    assert "`run` went to another experiment" in report.message

    def somebody_elses(store: Store) -> None:
        store.log(run(f"new {len(store.runs)}"))
        store.further = [run("child", **{PARENT_TAG: "another's"})]

    assert report_on(exercise, somebody_elses, somebody_elses).passed

    def nothing_here(store: Store) -> None:
        store.further = [run("parent", "lost")]

    report = report_on(exercise, nothing_here)
    assert "no run arrived there; meanwhile, `lost` went to another experiment" in report.message


def test_hints_are_on_the_fact_about_a_value_unless_a_requirement_has_its_own(
    exercise: Exercise,
) -> None:
    class Tells(Solve):
        def logs_one(self) -> Findings:
            yield Finding("0.25", "0.2", fact=recognize(0.2, 0.25))

    exercise.requirements_class = Tells
    exercise.report = report_on(exercise, logs("a"))
    assert "*Found:* 0.2; this is the right value rounded to 1 digit" in exercise.report.message
    assert "Where to look" not in exercise.report.message  # that would be about the code
    assert "1. It is the right value, but with fewer digits." in repr(exercise.hint())
    exercise.words.requirement["logs_one"].cause["rounded"] = Cause(
        look="`round`", hints=["a", "b"]
    )
    exercise.report = report_on(exercise, logs("a"))
    assert "*Where to look:* `round`" in exercise.report.message


VALUES = [("`a`", 0.5), ("`b`", 0.125), ("`c`", 0.75), ("`d`", 0.25), ("`e`", 0.6)]


@pytest.mark.parametrize(
    ("actual", "name"),
    [
        (0.75, "highest"),
        (0.6, "last"),
        (0.5, "first"),
        (0.25, "another"),
        (0.445, "mean"),
        (-0.125, "negated"),
        (0.12, "rounded"),
        (0.0, "rounded"),
        ("0.125", "as_string"),
        (0.3, ""),
        (0.125, ""),
        (True, ""),
        (None, ""),
    ],
)
def test_a_value_is_named_if_it_is_a_fact(actual: object, name: str) -> None:
    fact = recognize(actual, 0.125, among(VALUES))
    assert (fact.name if fact else "") == name


@pytest.mark.parametrize(
    ("actual", "how"),
    [
        ("depth 3", "with other capital letters"),
        ("Depth  3 ", "with other spaces"),
        ("depth_3", "with other characters in place of some"),
        ("['Depth 3']", "in quotes or brackets"),
        ("D", "cut short"),
    ],
)
def test_it_is_said_how_a_string_was_changed(actual: str, how: str) -> None:
    fact = recognize(actual, "Depth 3")
    assert fact
    assert fact.text == f"the right value {how}"
    assert recognize("no_limit", "Depth 3") is None


def test_each_change_is_said_but_what_the_task_asks_for(exercise: Exercise) -> None:
    changes_found: list[str] = []

    class Tells(Solve):
        def logs_one(self) -> Findings:
            changes_found.extend(finding.actual for finding in self.changes({("old", "run_name")}))
            yield from ()

    def changes(store: Store) -> None:
        store.log(run("a"), run("old", "renamed", "RUNNING"), run("beside old", key="value"))
        store.surroundings = {"tags": "c"}

    exercise.requirements_class = Tells
    report_on(exercise, changes)
    assert changes_found == [
        "tags was `b` and is `c` now",
        "`status` of `run` was `FINISHED` and is `RUNNING` now",
        "`tags.key` of `run` was nothing and is `value` now",
    ]


def test_an_argument_that_the_call_has_changed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")
    call = Call(args=["a", [1, 2], [3]])
    assert perform(lambda name, values, more: values.pop(), call, "1").altered == (
        "`[1, 2]` is `[1]` now"
    )
    assert call.args == ["a", [1, 2], [3]]
    assert not perform(lambda name, values, more: sorted(values), call, "1").altered


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("low >= high\nmore", "ValueError: low >= high"),
        ("", "ValueError"),
        (" ", "ValueError"),
        ("\n\n  low >= high", "ValueError: low >= high"),
        ("not allowed:\n- low", "ValueError: not allowed: - low"),
        ("not allowed:", "ValueError: not allowed"),
    ],
)
def test_what_is_told_of_an_error_does_not_end_in_a_colon(message: str, shown: str) -> None:
    assert from_error(ValueError(message)).error == shown


def test_an_error_is_told_with_the_students_line(exercise: Exercise) -> None:
    report = report_on(exercise, lambda store: np.random.default_rng().integers(5, 1))
    assert "ValueError: low >= high" in repr(report)
    assert "np.random.default_rng().integers(5, 1)" in repr(report)  # no line of a compiled library
    assert "exercises" not in repr(report)


def test_nothing_is_shown_of_what_a_handler_logs(
    exercise: Exercise, capfd: pytest.CaptureFixture[str]
) -> None:
    handler, logger = logging.StreamHandler(), logging.getLogger("of a library")  # has stderr now
    logger.addHandler(handler)
    report_on(exercise, lambda store: logger.error("during the call"))
    logger.error("after the call")
    logger.removeHandler(handler)
    assert capfd.readouterr().err == "after the call\n"


# What a student sees


def test_hints_come_one_by_one_on_what_was_found(exercise: Exercise) -> None:
    first, second, again = (repr(exercise.hint()) for _ in range(3))
    assert ("Begin." in first, "Go on." in first) == (True, False)
    assert "1. Begin.\n2. Go on." in second  # what came before stays on the page
    assert "`solution(reveal=True)`" in second
    assert second == again
    for does, *hints in (
        (
            logs("a", "b"),
            "Hint 1 of 2 on the first ✗**\n\n*About:* it logs one run.\n\n1.",
        ),
        (lambda store: 1 / 0, "1. What is divided?", "2. By what?"),
        (lambda store: store.runs["one"], "Hint 1 of 2", "Hint 2 of 2"),
        (lambda store: store.runs["another"], "Hint 1 of 2"),  # another error is another mistake
    ):
        for hint in hints:
            exercise.report = report_on(exercise, does)
            assert hint in repr(exercise.hint())


def test_the_solution_is_shown_after_passing(exercise: Exercise) -> None:
    assert "nested=True" not in exercise.solution().text
    assert "nested=True" in exercise.solution(reveal=True).text
    exercise.report = report_on(exercise, logs("a"), logs("b"))
    assert "nested=True" in exercise.solution().text
    assert "adopt" not in exercise.solution().text  # the page's other exercise
    assert "There are no more hints" in repr(exercise.hint())


# Mistakes in an exercise's files


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('look = "start_run"', 'loook = "start_run"', "requirement.logs_one.loook"),
        ('needs = ["logs_here"]', 'needs = ["logs_there"]', "requirement.logs_one.needs"),
        ('hints = ["How many?", "One."]', 'hints = ["One."]', "requirement.logs_one.hints"),
        ('function = "nest"', "function =", "line 3"),
        ("[requirement.logs_here]", "[requirement.logs_her]", "requirement.logs_her.title"),
        ("[requirement.logs_one]", "[requirement.logs_none]", "'logs_none'"),
        ("@old", "@older", "names what is not there: 'older'"),
    ],
)
def test_a_mistake_in_the_words_is_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"words\.toml") as error:
        load(tmp_path, WORDS.replace(old, new))
    assert sentence in str(error.value)


def test_a_requirement_without_words_is_named(tmp_path: Path) -> None:
    class Forgets(Solve):
        def logs_two(self) -> Findings:
            yield from ()

    load(tmp_path)
    with pytest.raises(ValueError, match=r"has no table \[requirement\.logs_two\]"):
        engine.load(str(tmp_path / "__init__.py"), Forgets)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("label,name,minute\nold,run,\nnew,run,soon", "line 3: .*minute"),
        ("label,name\ntuning,run", "line 2: .* is the label of a run above"),
        ("label,name,parent\nold,run,new\nnew,run,", "line 2: no run 'new' stands above"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path: Path, table: str, sentence: str) -> None:
    (tmp_path / "runs.csv").write_text(table)
    with pytest.raises(ValueError, match=f"(?s)runs.csv, {sentence}"):
        read_runs(MONTH, tmp_path / "runs.csv")
