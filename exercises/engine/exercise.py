"""An exercise: check what a student wrote, give hints on what was found, show the solution."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from exercises.engine.backend import Backend
from exercises.engine.calling import Call, Outcome, perform, silently, told
from exercises.engine.judging import judge
from exercises.engine.progress import keep
from exercises.engine.report import Note, Report
from exercises.engine.scratch import scratch_experiment
from exercises.engine.shared import Requirements
from exercises.engine.words import Words, read_words
from exercises.engine.world import MONTH, Logged, runs_in
from exercises.solved import is_starter, solution_of


@dataclass
class Exercise:
    """One exercise of one lesson; it remembers the last report and the hints shown on it."""

    words: Words
    runs: list[Logged]
    requires: type[Requirements]  # what a call must meet
    report: Report | None = None
    judged: object = None  # the function that the report is about
    shown: Counter[str] = field(default_factory=Counter)  # how many hints on which mistake

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
            same = self.report is not None and function is self.judged
            self.report, self.judged = replace(report, same=same), function
            seconds = time.perf_counter() - began
            keep(self.words, report, hints_used=self.shown.total(), seconds=seconds)
        return self.report

    def examine(self, make: Callable[[Call], Outcome], backend: Backend) -> Report:
        """Call a function until a call shows a mistake, and return the report on the last call.

        Args:
            make: makes a call of the student's function, in this process or in another one.
            backend: the store that it logs to, with the exercise's first runs in it.

        Raises:
            ServerUnreachable: the tracking server went away.
            KeyboardInterrupt: the user stopped it.
        """
        earlier: list[Requirements] = []
        before = self.requires.read(backend)
        for number, planned in enumerate(self.words.call, start=1):
            if number > 1 and (runs := self.runs_before(number - 1)):
                backend.add(runs)
                before = self.requires.read(backend)
            call = replace(planned, args=told(planned.args, backend.run_ids, backend.name))
            began = int(time.time() * 1000)
            outcome = make(call)
            if is_starter(outcome.source, self.name):
                return Report(judge(self.words, None), self.words.nothing_yet.says)
            after = self.requires.read(backend)
            record = self.requires(
                self.name, call, outcome, backend, before, after, began, tuple(earlier)
            )
            with silently():
                report = Report(judge(self.words, record), left=len(self.words.call) - number)
            if report.first_unmet:
                break
            earlier.append(record)
            before = after
        return report

    def hint(self) -> Note:
        """Return the hints on what the last check found wrong, one more each time."""
        report = self.report
        if report and report.passed:
            return Note("✓ Solved. There are no more hints: `solution()` shows one way.")
        wrong = report.first_unmet if report else None
        hints = wrong.hints if wrong else self.words.nothing_yet.hints
        mistake = hints[0]
        if wrong and wrong.finding and wrong.key == "runs_to_its_end":
            mistake += wrong.finding.found  # another error is another mistake
        number = self.shown[mistake] = min(self.shown[mistake] + 1, len(hints))
        about = [f"*About:* {wrong.title}."] if wrong else []
        listed = "\n".join(f"{n}. {text}" for n, text in enumerate(hints[:number], start=1))
        more = "Run `hint()` again for the next one."
        if number == len(hints):
            more = "This was the last hint. `solution(reveal=True)` shows a solution."
        return Note("\n\n".join([f"**Hint {number} of {len(hints)}**", *about, listed, more]))

    def solution(self, *, reveal: bool = False) -> Note:
        """Return the solution of the solved notebook, once the last check was passed.

        Args:
            reveal: show it in any case.
        """
        if reveal or (self.report and self.report.passed):
            return Note(solution_of(self.name))
        return Note(
            "The solution appears here once you pass the check. To see it now: "
            "`solution(reveal=True)`."
        )


def load(
    path: str, requires: type[Requirements]
) -> tuple[Exercise, Callable[[object], Report], Callable[[], Note], Callable[..., Note]]:
    """Make the exercise of a module; return it, and what a notebook imports: check, hint, solution.

    The module is the exercise's folder, with the files `words.toml` and `runs.csv`.

    Args:
        path: the module's `__file__`.
        requires: has a method for each requirement in the TOML file.

    Raises:
        ValueError: something in a file is wrong; the message names the file and the place.
    """
    file, table = (Path(path).with_name(name) for name in ("words.toml", "runs.csv"))
    words, runs = read_words(file), runs_in(MONTH, table)
    try:
        for call in words.call:
            told(call.args, {run.label: "" for run in runs})
        for key in words.requirement:
            getattr(requires, key)
    except (AttributeError, KeyError) as error:
        raise ValueError(f"{file} names what is not there: {error}") from None
    made = Exercise(words, runs, requires)
    return made, made.check, made.hint, made.solution
