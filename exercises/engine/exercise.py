"""An exercise: check what a student wrote, give hints on what was found, show the solution."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from exercises.engine import shared
from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Call, Outcome, perform, silently, told
from exercises.engine.judging import Result, Test, judge
from exercises.engine.progress import Attempt, keep
from exercises.engine.recording import Record
from exercises.engine.report import Note, Report
from exercises.engine.scratch import scratch_experiment
from exercises.engine.words import Words, load
from exercises.engine.world import MONTH, Logged, runs_in
from exercises.solved import cells_of, is_starter


@dataclass
class Exercise:
    """One exercise of one lesson; it remembers the last report and the hints shown on it.

    Words and calls come from a TOML file, and the runs that are there from the CSV file beside it.
    What judges a call is added by the exercise's module:

    Attributes:
        tests: of each requirement, by its key in the TOML file.
        read: reads what is there, before the first call and after each one; an exercise may read
            more of the store than the runs.
    """

    words: Words
    runs: list[Logged]
    tests: dict[str, Test] = field(default_factory=lambda: dict(shared.TESTS))
    read: Callable[[Backend], Snapshot] = lambda backend: backend.snapshot()
    report: Report | None = None
    judged: object = None  # the function that the report is about
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
        words, runs = load(file), runs_in(MONTH, table)
        labels = {run.label: "" for run in runs}
        for number, call in enumerate(words.call):
            try:
                told(call.args, labels)
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

    def runs_before(self, call: int) -> list[Logged]:
        """Return what is logged before a call.

        Args:
            call: its number, from 0 on.
        """
        return [run for run in self.runs if run.before_call == call]

    def requirement(self, test: Test) -> Test:
        """Add the test of a requirement; the function's name is the requirement's key.

        Raises:
            ValueError: the exercise has no words for it.
        """
        if test.__name__ not in self.words.requirement:
            raise ValueError(f"{self.name}: there are no words for {test.__name__}")
        self.tests[test.__name__] = test
        return test

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
        began = time.perf_counter()
        with scratch_experiment(f"Check of {self.name}", self.runs_before(0)) as scratch:
            experiment, _ = scratch.experiments
            report = self.examine(lambda call: perform(function, call, experiment), scratch)
            self.report = report = replace(
                report, same=bool(self.report) and function is self.judged
            )
            self.judged = function
            keep(self._attempt(self.report, time.perf_counter() - began))
        return self.report

    def _attempt(self, report: Report, seconds: float) -> Attempt:
        marks, unmet = [result.met for result in report.results], report.first_unmet
        return Attempt(
            self.name,
            Path(self.notebook).stem,
            report.state,
            unmet.key if unmet else "",
            requirements_met=float(marks.count(True)),
            requirements=float(len(marks)),
            hints_used=float(sum(self.shown.values())),
            seconds=seconds,
        )

    def examine(self, make: Callable[[Call], Outcome], backend: Backend) -> Report:
        """Call a function as often as the exercise says, and return the report.

        Args:
            make: makes a call of the student's function, in this process or in another one.
            backend: the store that it logs to, with the exercise's first runs in it.

        Raises:
            ServerUnreachable: the tracking server went away.
            KeyboardInterrupt: the user stopped it.
        """
        records: list[Record] = []
        before = self.read(backend)
        for number, planned in enumerate(self.words.call):
            if number and (runs := self.runs_before(number)):
                backend.add(runs)
                before = self.read(backend)
            call = replace(planned, args=told(planned.args, backend.run_ids, backend.name))
            outcome = make(call)
            if is_starter(outcome.source, self.notebook, self.name):
                nothing = (Result(key, one.title) for key, one in self.words.requirement.items())
                return Report(tuple(nothing), self.words.nothing_yet.says)
            record = Record(self.name, call, outcome, backend, before, self.read(backend))
            records.append(record)
            before = record.after
            if not outcome.fits or record.ends_the_check:
                break
        with silently():
            return Report(judge(self.words.requirement, self.tests, records))

    def hint(self) -> Note:
        """Return the hints on what the last check found wrong, one more each time."""
        report = self.report
        if report and report.passed:
            return Note("✓ Solved: nothing is left to hint at. `solution()` shows one way.")
        wrong = report.first_unmet if report else None
        hints = wrong.hints if wrong else self.words.nothing_yet.hints
        mistake = hints[0]
        if wrong and wrong.finding and wrong.key == "runs_to_its_end":
            mistake += wrong.finding.found  # another error is another mistake
        number = self.shown[mistake] = min(self.shown.get(mistake, 0) + 1, len(hints))
        about = [f"*About:* {wrong.title}."] if wrong else []
        listed = "\n".join(f"{n}. {text}" for n, text in enumerate(hints[:number], start=1))
        more = "Run `hint()` again for the next one."
        if number == len(hints):
            more = "This was the last one. `solution(reveal=True)` shows a solution."
        return Note("\n\n".join([f"**Hint {number} of {len(hints)}**", *about, listed, more]))

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
