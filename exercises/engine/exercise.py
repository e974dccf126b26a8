"""An exercise: check what a student wrote, give hints on what was found, show the solution."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from exercises.engine import shared
from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Callee, Here, silently
from exercises.engine.judging import Test, judge
from exercises.engine.recording import Change, Record
from exercises.engine.report import Note, Report
from exercises.engine.scratch import scratch_experiment
from exercises.engine.words import Words, load
from exercises.engine.world import MONTH, Logged, World, runs_in

SOLVED = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"


@dataclass
class Exercise:
    """One exercise of one lesson; it remembers the last report and the hints shown on it.

    Words and calls come from a TOML file, and the runs that are there from the CSV file beside it.
    What judges a call is added by the exercise's module:

    Attributes:
        tests: of each requirement, by its key in the TOML file.
        may_change: tells whether a change is part of the task.
        read_more: reads what is no run, before the first call and after each one: from the store,
            or where the function runs.
        kept: says what of that must stay as it is, by what it is in Markdown.
    """

    words: Words
    runs: list[Logged]
    tests: dict[str, Test] = field(default_factory=dict)
    may_change: Callable[[Record, Change], bool] = lambda record, change: False
    read_more: Callable[[Backend, Callee], Any] = lambda backend, callee: None
    kept: Callable[[Any], Mapping[str, object]] = lambda more: {}
    report: Report | None = None
    shown: dict[str, int] = field(default_factory=dict)  # how many hints on which mistake

    @classmethod
    def load(cls, path: str) -> Exercise:
        """Make the exercise of a module, with the words and the runs of the files beside it.

        Args:
            path: the module's `__file__`.

        Raises:
            ValueError: something in a file is wrong; the message names the file and the place.
        """
        file, table = (Path(path).with_suffix(suffix) for suffix in (".toml", ".csv"))
        words, runs = load(file), runs_in(MONTH, *[table] * table.exists())
        world = World().joined_by(runs, {run.label: run.label for run in runs})
        for number, call in enumerate(words.call):
            try:
                _told(call.args, world)
            except KeyError as error:
                raise ValueError(f"{file}: call.{number}.args: no run {error} is there") from None
        return cls(words, runs)

    @property
    def name(self) -> str:
        """The name of the function that the student writes."""
        return self.words.function

    @property
    def notebook(self) -> str:
        """The file name of the lesson."""
        return self.words.notebook

    @property
    def first_runs(self) -> list[Logged]:
        """What is logged before the first call."""
        return [run for run in self.runs if not run.before_call]

    def requirement(self, test: Test) -> Test:
        """Add the test of a requirement; the function's name is the requirement's key."""
        self.tests[test.__name__] = test
        return test

    def all_tests(self) -> dict[str, Test]:
        """Return the test of each requirement, in the order of the report.

        Raises:
            ValueError: a requirement has no test, or a test no words.
        """
        known, asked = {**shared.TESTS, **self.tests}, self.words.requirement
        without = [key for key in asked if key not in known]
        without += [key for key in self.tests if key not in asked]
        if without:
            raise ValueError(f"{self.name}: only its words or only its test is there: {without}")
        return {key: known[key] for key in asked}

    def check(self, function: object) -> Report:
        """Call the function in a scratch experiment and say whether it solves the exercise.

        Calls it several times, reads from the server what it logged, and deletes the experiment.
        Nothing that the function does makes this raise, or changes the notebook.

        Args:
            function: the student's.

        Raises:
            ServerUnreachable: no working tracking server answers.
            KeyboardInterrupt: the user stopped it.
        """
        with scratch_experiment(f"Check of {self.name}", self.first_runs) as scratch:
            self.report = self.examine(Here(function, scratch.uri, scratch.experiments[0]), scratch)
        return self.report

    def examine(self, callee: Callee, backend: Backend) -> Report:
        """Call a function as often as the exercise says, and return the report.

        Args:
            callee: the student's function.
            backend: the store that it logs to, with the exercise's first runs in it.

        Raises:
            ServerUnreachable: the tracking server went away.
            KeyboardInterrupt: the user stopped it.
        """
        records: list[Record] = []
        before = self._snapshot(callee, backend)
        for number, planned in enumerate(self.words.call):
            runs = [run for run in self.runs if run.before_call == number]
            if number and runs:
                backend.add(runs)
                before = self._snapshot(callee, backend)
            call, world = replace(planned, args=_told(planned.args, backend.world)), backend.world
            outcome = callee.call(call)
            after = self._snapshot(callee, backend)
            record = Record(
                self.name,
                call,
                outcome,
                backend,
                world,
                before,
                after,
                self.may_change,
                tuple(records),
            )
            records.append(record)
            before = after
            starter = _definition(outcome.source, self.name) == self._starter
            if starter or not outcome.fits or record.ends_the_check:
                break
        with silently():
            results = judge(self.words.requirement, self.all_tests(), records)
        return Report(results, self.words.nothing_yet.says if starter else "")

    def _snapshot(self, callee: Callee, backend: Backend) -> Snapshot:
        read, more = backend.snapshot(), self.read_more(backend, callee)
        return replace(read, others={**read.others, **self.kept(more)}, more=more)

    def hint(self) -> Note:
        """Return the hints on what the last check found wrong, one more each time."""
        report = self.report
        if report and report.passed:
            return Note("✓ Solved: nothing is left to hint at. `solution()` shows other ways.")
        wrong = report.first_unmet if report and report.state == "wrong" else None
        hints = wrong.hints if wrong else self.words.nothing_yet.hints
        about = hints[0]
        number = self.shown[about] = min(self.shown.get(about, 0) + 1, len(hints))
        heading = f"*About:* {wrong.title}.\n\n" if wrong else ""
        more = "Run `hint()` again for the next one."
        if number == len(hints):
            more = "This was the last one. `solution(reveal=True)` shows a solution."
        listed = "\n".join(f"{n}. {text}" for n, text in enumerate(hints[:number], start=1))
        return Note(f"{heading}{listed}\n\n{more}", f"Hint {number} of {len(hints)}")

    def solution(self, *, reveal: bool = False) -> Note:
        """Return the solution of the solved notebook, once the last check was passed.

        Args:
            reveal: show it in any case.
        """
        if not reveal and not (self.report and self.report.passed):
            return Note(
                "The solution appears here once you pass the check. To see it now: "
                "`solution(reveal=True)`."
            )
        texts = {"code": "```python\n{}\n```", "markdown": "{}"}
        _, *parts = cells_of(self.notebook, self.name)
        return Note("\n\n".join(texts[c["cell_type"]].format("".join(c["source"])) for c in parts))

    @cached_property
    def _starter(self) -> str | None:
        if not (SOLVED / self.notebook).exists():  # a sandbox does not show the solutions
            return ""
        starter, *_ = cells_of(self.notebook, self.name)
        return _definition("".join(starter["source"]), self.name)


def _definition(source: str, name: str) -> str | None:
    """Return how a function is defined, without comments; None if it is not.

    >>> _definition("def f(): 1  # one", "f") == _definition("def f(): 1", "f")
    True
    """
    try:
        found = ast.parse(source).body
    except SyntaxError:  # of an IPython magic
        return None
    named = [one for one in found if isinstance(one, ast.FunctionDef) and one.name == name]
    return ast.dump(named[-1]) if named else None


def _told(value: Any, world: World) -> Any:
    """Return an argument with run ids in place of labels, and with the name of the check.

    >>> _told([3, "a", "{check}: b"], World())
    [3, 'a', 'Check: b']
    """
    if isinstance(value, list):
        return [_told(item, world) for item in value]
    if isinstance(value, str):
        return world[value[1:]] if value[:1] == "@" else value.replace("{check}", world.name)
    return value


def cells_of(notebook: str, function: str) -> list[Mapping[str, Any]]:
    """Return the starter's cell of an exercise in a solved notebook, and those of the solution.

    The starter's has the function's name as its `grade_id`, and those that follow a tag `solution`.

    Args:
        notebook: its file name.
        function: the name of the function that the student writes.
    """
    cells = json.loads((SOLVED / notebook).read_text(encoding="utf-8"))["cells"]
    found, latest = [], ""
    for cell in cells:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        latest = grade_id or latest
        is_solution = "solution" in cell["metadata"].get("tags", [])
        if latest == function.replace("_", "-") and (grade_id or is_solution):
            found.append(cell)
    return found
