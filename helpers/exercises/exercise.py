"""An exercise: check what a student wrote, give hints on what was found, show the solution."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.exercises import any_call
from helpers.exercises.calling import Call, Callee, Here, Outcome
from helpers.exercises.observing import Calls, Observed, Place, Seen
from helpers.exercises.report import Note, Report, not_accepted
from helpers.exercises.requirement import Finding, Requirement, code, judged, paragraphs
from helpers.exercises.scratch import scratch_experiment

SOLVED = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"


@dataclass
class Exercise:
    """One exercise of one lesson; it remembers the last report and the hints shown on it."""

    name: str  # of the function that the student writes
    notebook: str  # file name of the lesson
    requirements: Sequence[Requirement[Any]]  # the first: it is a function that can be called
    nothing_yet: Callable[[Sequence[Any]], bool]  # of the task is there; its docstring has hints
    asks: Callable[[Calls], Generator[Call]]  # with what to call the function, one after the other
    kind: Callable[..., Seen] = Seen  # what the requirements look at: one call
    report: Report | None = None
    shown: dict[tuple[str, ...], int] = field(default_factory=dict)  # how many of which hints

    @property
    def start(self) -> tuple[str, ...]:
        """The hints for whoever has not begun."""
        return tuple(paragraphs(self.nothing_yet)[2:])

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
        if callable(function):
            with scratch_experiment(f"Check of {self.name}") as scratch:
                self.report = self.examine(Here(function), scratch)
        else:
            self.report = self.no_function(type(function).__name__)
        return self.report

    def examine(self, callee: Callee, place: Place) -> Report:
        """Call a function until the verdict is certain, and return the report.

        Args:
            callee: the student's function.
            place: where it is to log, and what it logged is read from.

        Raises:
            ServerUnreachable: the tracking server went away.
            KeyboardInterrupt: the user stopped it.
        """
        calls = Calls(callee, place, callee.describe())
        seen, right = [], 0
        with closing(self.asks(calls)) as asked:
            for call in asked:
                if not (call.instead or calls.described.takes(call)):
                    return self._not_taken(calls, call)
                calls.make(call)
                seen = self._seen(calls)
                wrong = (n for n in range(right + 1, len(seen) + 1) if self._is_wrong(seen[:n]))
                if number := next(wrong, 0):
                    seen = seen[:number]
                    break
                right = len(seen)
            return self._report(seen)

    def _seen(self, calls: Calls) -> list[Seen]:
        """Return what the requirements look at: the student's calls, as far as they were read."""
        made = tuple(calls.made)
        numbers = [n for n, one in enumerate(made) if one.was_read and not one.call.instead]
        return [self.kind(self.name, calls.described, made, n) for n in numbers]

    def _is_wrong(self, seen: Sequence[Seen]) -> bool:
        """Tell whether a call was wrong; the first requirement is not about calls."""
        _, *results = judged(self.requirements, seen)
        return any(result.met is False for result in results)

    def _not_taken(self, calls: Calls, call: Call) -> Report:
        """Return the report on a function that cannot be called like that."""
        seen = self.kind(self.name, calls.described, (Observed(call, Outcome()),), 0)
        if calls.described.empty:
            return self._report([seen])
        finding = self.requirements[0].unmet(seen)
        assert finding
        return not_accepted(self.requirements, finding)

    def _report(self, seen: Sequence[Seen]) -> Report:
        begin = " ".join(paragraphs(self.nothing_yet)[:2]) if self.nothing_yet(seen) else ""
        results = judged(self.requirements, seen)
        return Report(results, begin)

    def no_function(self, kind: str) -> Report:
        """Return the report on something that is no function.

        Args:
            kind: the name of its type.
        """
        found = f"a value of type {code(kind)}; `check({self.name})` takes the function itself"
        finding = Finding("a function", found, cause=any_call.CAUSES["no function"])
        return not_accepted(self.requirements, finding)

    def hint(self) -> Note:
        """Return the hints on what the last check found wrong, one more each time."""
        report = self.report
        if report and report.passed:
            return Note("✓ Solved: nothing is left to hint at. `solution()` shows other ways.")
        wrong = report.first_unmet if report and report.state == "wrong" else None
        hints = wrong.hints if wrong else self.start
        number = self.shown[hints] = min(self.shown.get(hints, 0) + 1, len(hints))
        about = f"*About:* {wrong.requirement.title}.\n\n" if wrong else ""
        more = "Run `hint()` again for the next one."
        if number == len(hints):
            more = "This was the last one. `solution(reveal=True)` shows a solution."
        listed = "\n".join(f"{n}. {text}" for n, text in enumerate(hints[:number], start=1))
        return Note(f"{about}{listed}\n\n{more}", f"Hint {number} of {len(hints)}")

    def hints_used(self) -> int:
        """Return how many different hints have been shown in this notebook."""
        return sum(self.shown.values())

    def solution(self, *, reveal: bool = False) -> Note:
        """Return the solution of the solved notebook, once the last check was passed.

        Args:
            reveal: show it in any case.
        """
        if not reveal and not (self.report and self.report.passed):
            return Note(
                "The solution shows itself here once the check is passed. If you would rather see "
                "it now: `solution(reveal=True)`."
            )
        cells = json.loads((SOLVED / self.notebook).read_text(encoding="utf-8"))["cells"]
        parts = [cell for cell in cells if "solution" in cell["metadata"].get("tags", [])]
        texts = {"code": "```python\n{}\n```", "markdown": "{}"}
        return Note("\n\n".join(texts[c["cell_type"]].format("".join(c["source"])) for c in parts))
