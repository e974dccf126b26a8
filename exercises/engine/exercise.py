"""An exercise: check what a student wrote, give hints on the mistake, show the solution."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from exercises.attempt_log import Attempt, keep
from exercises.engine.call_outcome import Outcome
from exercises.engine.calling import fill_in, perform, silently
from exercises.engine.check_store import CheckStore
from exercises.engine.exercise_files import (
    MONTH,
    Call,
    PreparedRun,
    Words,
    read_runs,
    read_words,
)
from exercises.engine.recorded_call import Findings
from exercises.engine.report import Note, Report, judge_call
from exercises.engine.requirements import Requirements
from exercises.engine.scratch import scratch_experiment
from exercises.solved_notebooks import is_starter, solution_of


@dataclass
class Exercise:
    """One exercise of one lesson. It remembers the last report and the hints shown on it."""

    words: Words
    runs: list[PreparedRun]
    requirements_class: type[Requirements]
    report: Report | None = None
    checked_function: object = None  # the function that the report is about
    hints_shown: Counter[str] = field(default_factory=Counter)  # by the first hint on a mistake

    @property
    def name(self) -> str:
        """The name of the function that the student writes."""
        return self.words.function

    @property
    def notebook(self) -> str:
        """The file name of the lesson."""
        return self.words.notebook

    def runs_before(self, call: int) -> list[PreparedRun]:
        """Return the runs to log before a call, given by its number from 0 on."""
        return [run for run in self.runs if run.before_call == call]

    def check(self, function: object) -> Report:
        """Call the function in a scratch experiment and report whether it solves the exercise.

        Calls it several times, reads from the server what it logged, and deletes the experiment.
        Whatever the function does, the report tells, and the notebook's MLflow state is put back.

        Args:
            function: the student's.

        Raises:
            ServerUnreachable: no working tracking server answers.
            KeyboardInterrupt: the user stopped it.
        """
        start = time.perf_counter()
        with scratch_experiment(f"Check of {self.name}", self.runs_before(0)) as store:
            experiment_id, _ = store.experiments
            report = self.examine(lambda call: perform(function, call, experiment_id), store)
        if report.state != "unsolved":  # a function that is not written yet is no attempt
            keep(self.attempt(report, time.perf_counter() - start), store.uri)
        same = self.report is not None and function is self.checked_function
        self.report, self.checked_function = replace(report, same=same), function
        return self.report

    def examine(self, call_function: Callable[[Call], Outcome], store: CheckStore) -> Report:
        """Call a function until a call shows a mistake, and return the report on the last call.

        Args:
            call_function: calls the student's function, in this process or in another one.
            store: the store that it logs to, with the exercise's first runs in it.

        Raises:
            ServerUnreachable: the tracking server went away.
            KeyboardInterrupt: the user stopped it.
        """
        earlier: list[Requirements] = []
        before = store.snapshot(models=self.words.models)
        for number, planned in enumerate(self.words.calls, start=1):
            if number > 1 and (runs := self.runs_before(number - 1)):
                store.add(runs)
                before = store.snapshot(models=self.words.models)
            call = replace(planned, args=fill_in(planned.args, store.id_by_label, store.name))
            began = int(time.time() * 1000)
            outcome = call_function(call)
            if is_starter(outcome.source, self.name):
                return Report(judge_call(self.words, None), self.words.nothing_yet.says)
            after = store.snapshot(models=self.words.models)
            record = self.requirements_class(
                self.name, call, outcome, store, before, after, began, tuple(earlier)
            )
            with silently():  # some requirements train models or ask a sampler
                results = judge_call(self.words, record)
            report = Report(results, calls_left=len(self.words.calls) - number)
            if report.first_unmet:
                break
            earlier.append(record)
            before = after
        return report

    def attempt(self, report: Report, seconds: float) -> Attempt:
        """Return what is kept of a check that took some seconds."""
        return Attempt(
            exercise=self.name,
            lesson=Path(self.notebook).stem,
            state=report.state,
            first_unmet=report.first_unmet.key if report.first_unmet else "",
            requirements_met=report.met,
            requirements=len(report.results),
            hints_used=self.hints_shown.total(),
            seconds=seconds,
        )

    def hint(self) -> Note:
        """Return the hints on the mistake that the last check found, one more each time."""
        report = self.report
        if report and report.passed:
            return Note("✓ Solved. There are no more hints: `solution()` shows one way.")
        unmet = report.first_unmet if report else None
        hints = unmet.hints if unmet else self.words.nothing_yet.hints
        mistake = hints[0]
        if unmet and unmet.finding and unmet.key == "runs_to_its_end":
            mistake += unmet.finding.actual  # another error is another mistake
        number = self.hints_shown[mistake] = min(self.hints_shown[mistake] + 1, len(hints))
        about = [f"*About:* {unmet.title}."] if unmet else []
        listed = "\n".join(f"{n}. {text}" for n, text in enumerate(hints[:number], start=1))
        more = "Run `hint()` again for the next one."
        if number == len(hints):
            more = "This was the last hint. `solution(reveal=True)` shows a solution."
        subject = "the first ✗" if unmet else "how to begin"
        heading = f"**Hint {number} of {len(hints)} on {subject}**"
        return Note("\n\n".join([heading, *about, listed, more]))

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
    path: str, requirements_class: type[Requirements]
) -> tuple[Exercise, Callable[[object], Report], Callable[[], Note], Callable[..., Note]]:
    """Load the exercise in a folder; return it, and what a notebook imports: check, hint, solution.

    Args:
        path: the `__file__` of the folder's `__init__.py`.
        requirements_class: has a method for each key under `requirement` in `words.toml`.

    Raises:
        ValueError: something in a file is wrong; the message names the file and the place.
    """
    file, table = (Path(path).with_name(name) for name in ("words.toml", "runs.csv"))
    words, runs = read_words(file), read_runs(MONTH, table)
    try:
        for call in words.calls:
            fill_in(call.args, {run.label: "" for run in runs})
        for key in words.requirement:
            getattr(requirements_class, key)
    except (AttributeError, KeyError) as error:
        raise ValueError(f"{file} names what is not there: {error}") from None
    for key, method in vars(requirements_class).items():
        returned = getattr(method, "__annotations__", {}).get("return")
        is_requirement = returned in (Findings, "Findings") and not key.startswith("_")
        if is_requirement and key not in words.requirement:
            raise ValueError(f"{file} has no table [requirement.{key}] for the method of that name")
    exercise = Exercise(words, runs, requirements_class)
    return exercise, exercise.check, exercise.hint, exercise.solution
