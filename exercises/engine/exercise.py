"""An exercise: check what a student wrote, give hints on what was found, show the solution."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlflow.entities import Run

from exercises.engine import recording, shared
from exercises.engine.calling import Call, Described, Here
from exercises.engine.judging import CauseOfAll, Finding, Result, Test, judge
from exercises.engine.recording import Backend, Callee, Change, Record
from exercises.engine.report import Note, Report
from exercises.engine.scratch import scratch_experiment
from exercises.engine.text import code
from exercises.engine.words import Words, load
from exercises.engine.world import Logged, World, month

SOLVED = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"


@dataclass(frozen=True)
class Step:
    """One call to make, and the runs that somebody else logs right before it."""

    call: Call
    first: Sequence[Logged] = ()


@dataclass
class Exercise:
    """One exercise of one lesson; it remembers the last report and the hints shown on it.

    Its words come from a TOML file. What judges it is added to it by its module:

    Attributes:
        calls: says with what to call the function, given the world and what was handed in.
        tests: of each requirement, by its key in the TOML file.
        causes: of requirements, by key: what names the cause of a mistake from all calls.
        world: what the exercise needs beside the month's runs.
        may_change: tells whether a change is part of the task.
        not_begun: tells from all calls whether nothing of the task is there yet.
        read_more: reads what is no run, before the first call and after each one: from the store,
            or where the function runs.
    """

    words: Words
    calls: Callable[[World, Described], Iterable[Step]] = lambda world, described: ()
    tests: dict[str, Test] = field(default_factory=dict)
    causes: dict[str, CauseOfAll] = field(default_factory=dict)
    world: Callable[[], list[Logged]] = list
    may_change: Callable[[Record, Change], bool] = lambda record, change: False
    not_begun: Callable[[Sequence[Record]], bool] = lambda records: False
    read_more: Callable[[Backend, Callee], Any] = lambda backend, callee: None
    report: Report | None = None
    shown: dict[str, int] = field(default_factory=dict)  # how many hints on which mistake

    @classmethod
    def load(cls, path: str) -> Exercise:
        """Make the exercise of a module, with the words of the TOML file beside it.

        Args:
            path: the module's `__file__`.

        Raises:
            ValueError: something in the TOML file is wrong; the message names file and key.
        """
        return cls(load(Path(path).with_suffix(".toml")))

    @property
    def name(self) -> str:
        """The name of the function that the student writes."""
        return self.words.function

    @property
    def notebook(self) -> str:
        """The file name of the lesson."""
        return self.words.notebook

    def requirement(self, test: Test) -> Test:
        """Add the test of a requirement; the function's name is the requirement's key."""
        self.tests[test.__name__] = test
        return test

    def all_tests(self) -> dict[str, Test]:
        """Return the test of each requirement, in the order of the report.

        Raises:
            ValueError: a requirement has no test, or a test no words.
        """
        own: dict[str, Test] = {
            "changes_nothing_else": self._changes_nothing_else,
            "runs_to_its_end": self._runs_to_its_end,
        }
        known = {**_SHARED, **own, **self.tests}
        asked = self.words.requirement
        without = [key for key in asked if key not in known]
        without += [key for key in self.tests if key not in asked]
        if without:
            raise ValueError(f"{self.name}: only its words or only its test is there: {without}")
        return {key: known[key] for key in asked}

    def all_runs(self) -> list[Logged]:
        """Return what is logged before the first call."""
        return World().dated([*month(), *self.world()])

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
        with scratch_experiment(f"Check of {self.name}", self.all_runs()) as scratch:
            self.report = self.examine(Here(function, scratch.uri, scratch.experiments[0]), scratch)
        return self.report

    def examine(self, callee: Callee, backend: Backend) -> Report:
        """Call a function as often as the exercise says, and return the report.

        Args:
            callee: the student's function.
            backend: the store that it logs to, with the exercise's runs in it.

        Raises:
            ServerUnreachable: the tracking server went away.
            KeyboardInterrupt: the user stopped it.
        """
        described, world = callee.describe(), backend.world
        if not described.can_be_called:
            return self._no_function(described.kind)
        tags = backend.experiment_tags()
        runs: Mapping[str, Run] = {run.info.run_id: run for run in backend.read()}
        records: list[Record] = []
        more = self.read_more(backend, callee)
        for step in self.calls(world, described):
            if step.first:
                first = world.dated(step.first)
                world = world.joined_by(first, backend.add(first))
                runs = {run.info.run_id: run for run in backend.read()}
            record = recording.make(
                self.name, described, callee, backend, step.call, world, records, runs
            )
            record = replace(record, more_before=more, more=self.read_more(backend, callee))
            records.append(record)
            runs, more = record.after, record.more
            cannot = described.empty or not described.takes(step.call)
            if cannot or record.outcome.unfinished or record.ends_the_check:
                break
        retagged = recording.retagged(tags, backend.experiment_tags())
        records[-1] = replace(records[-1], retagged=retagged)
        results = judge(self.words.requirement, self.all_tests(), records, self.causes)
        last = records[-1]
        begun = not (described.empty or last.outcome.unfinished or self.not_begun(records))
        return Report(results, "" if begun else self.words.nothing_yet.says)

    def _no_function(self, kind: str) -> Report:
        """Return the report on something that is no function."""
        found = f"a value of type {code(kind)}; `check({self.name})` takes the function itself"
        finding = Finding("a function", found, cause="no_function")
        (first, words), *others = self.words.requirement.items()
        return Report(
            (
                Result(first, words, False, finding),
                *(Result(key, words, None) for key, words in others),
            )
        )

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
        parts = solution_cells(self.notebook, self.name)
        return Note("\n\n".join(texts[c["cell_type"]].format("".join(c["source"])) for c in parts))

    def _runs_to_its_end(self, record: Record) -> Finding | None:
        """Name the cause of a frequent error, by how its sentence begins."""
        finding, error = shared.runs_to_its_end(record), record.outcome.error
        causes = self.words.requirement["runs_to_its_end"].cause.items()
        known = (name for name, cause in causes if cause.raised and cause.raised in error)
        return finding and replace(finding, cause=next(known, ""))

    def _changes_nothing_else(self, record: Record) -> Finding | None:
        changes = [change for change in record.changes if not self.may_change(record, change)]
        return shared.first_change(changes) or shared.changes_of_experiments(record)


def solution_cells(notebook: str, function: str) -> list[Mapping[str, Any]]:
    """Return the cells of a solved notebook that solve one exercise.

    They have the tag `solution`, and come after the starter's cell, whose `grade_id` is the
    function's name.

    Args:
        notebook: its file name.
        function: the name of the function that the student writes.
    """
    cells = json.loads((SOLVED / notebook).read_text(encoding="utf-8"))["cells"]
    found, starter = [], ""
    for cell in cells:
        starter = cell["metadata"].get("nbgrader", {}).get("grade_id", starter)
        if starter == function.replace("_", "-") and "solution" in cell["metadata"].get("tags", []):
            found.append(cell)
    return found


_SHARED: dict[str, Test] = {
    test.__name__: test
    for test in (
        shared.accepts_arguments,
        shared.logs_here,
        shared.only_reads,
        shared.all_finished,
    )
}
