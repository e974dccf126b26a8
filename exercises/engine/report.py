"""Judge a recorded call by an exercise's requirements, and show the verdict as a checklist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exercises.engine.exercise_files import FactHints, Words
from exercises.engine.recorded_call import Finding
from exercises.engine.requirements import Requirements
from helpers.links import run_page

POINTS = 10
_STATES = {  # symbol, words, color
    "solved": ("✓", "SOLVED", "#009E73"),
    "wrong": ("✗", "NOT RIGHT YET", "#D55E00"),
    "unsolved": ("○", "NOT SOLVED YET", "#7F7F7F"),
}
_SYMBOLS = {True: "✓", False: "✗", None: "○"}


class NbgraderPoints(int):
    """Points, which nbgrader reads below the check's cell."""

    def _repr_html_(self) -> str:
        return f"<small>{self} of {POINTS} points (they count only if your class is graded)</small>"


@dataclass(frozen=True)
class Result:
    """Whether one requirement is met, and what to show if it is not."""

    key: str
    title: str
    met: bool | None = None  # None: it was not judged
    look: str = ""  # where to look, in Markdown
    hints: Sequence[str] = ()  # from a nudge to nearly there
    finding: Finding | None = None
    call: str = ""  # the call that did not meet it, in Markdown

    @property
    def details(self) -> list[str]:
        """What was expected and what was found, in Markdown; empty unless it is not met."""
        finding = self.finding
        if not finding:
            return []
        run = finding.run
        link = run and f"{run.title}, [in the MLflow UI]({run_page(run.experiment_id, run.run_id)})"
        details = {
            "Called": self.call,
            "Expected": finding.expected,
            "Found": finding.actual + (f"; this is {finding.fact.text}" if finding.fact else ""),
            "The run": link,
            "Where to look": self.look,
        }
        return [f"*{name}:* {text}" for name, text in details.items() if text]

    def __str__(self) -> str:
        line, details = f"{_SYMBOLS[self.met]} {self.title}", "  \n> ".join(self.details)
        return f"**{line}**\n\n> {details}\n" if details else f"{line}  "


def judge_call(words: Words, record: Requirements | None) -> tuple[Result, ...]:
    """Judge each requirement on a call, unless one that it needs is not met.

    Args:
        words: the exercise's; its requirements are in the order of the report.
        record: the call; None if nothing is to be judged.
    """
    met = set[str]()
    results = []
    for key, requirement in words.requirement.items():
        result = Result(key, requirement.title)
        if record and met.issuperset(requirement.needs):
            finding = next(getattr(record, key)(), None)
            if finding:
                result = _explain(result, words, finding, record)
            else:
                met.add(key)
                result = replace(result, met=True)
        results.append(result)
    return tuple(results)


def _explain(result: Result, words: Words, finding: Finding, record: Requirements) -> Result:
    """Add a finding, and the hints on its cause or fact, or else those on the requirement."""
    requirement, error = words.requirement[result.key], record.outcome.error
    known: dict[str, FactHints] = {**words.fact, **requirement.cause}
    raised = [name for name, words in known.items() if words.raised and words.raised in error]
    raised.sort(key=lambda name: name not in requirement.cause)
    fact = finding.fact.name if finding.fact else ""
    cause = next((name for name in (finding.cause, *raised, fact) if name in known), "")
    chosen = known.get(cause, requirement)
    return replace(
        result,
        met=False,
        look=chosen.look,
        hints=chosen.hints,
        finding=replace(finding, cause=cause),
        call=record.title,
    )


@dataclass(frozen=True)
class Report:
    """The verdict of a check. Shows itself as a checklist in Markdown."""

    results: tuple[Result, ...]
    nothing_yet: str = ""  # what to do first, if nothing of the task is there yet
    same: bool = False  # whether it is about the same function as the last report
    calls_left: int = 0  # how many calls were not made

    @property
    def met(self) -> int:
        """How many requirements are met."""
        return sum(result.met is True for result in self.results)

    @property
    def passed(self) -> bool:
        """Whether every requirement is met, in each of the calls."""
        return self.met == len(self.results) and not self.calls_left

    @property
    def state(self) -> str:
        """`solved`, `wrong`, or `unsolved`: nothing of the task is there yet."""
        return "unsolved" if self.nothing_yet else "solved" if self.passed else "wrong"

    @property
    def points(self) -> NbgraderPoints:
        """The points for nbgrader: all or none."""
        return NbgraderPoints(POINTS * self.passed)

    @property
    def first_unmet(self) -> Result | None:
        """The first requirement that is not met."""
        return next((result for result in self.results if result.met is False), None)

    @property
    def message(self) -> str:
        """The whole report in Markdown."""
        symbol, words, _ = _STATES[self.state]
        unchecked = sum(result.met is None for result in self.results)
        rest = f", {unchecked} not checked yet" if unchecked else ""
        headline = f"**{symbol} {words}: {self.met} of {len(self.results)} requirements met{rest}**"
        checklist = "\n".join(map(str, self.results))
        return "\n\n".join(filter(None, [headline, self.nothing_yet, checklist, self._next_step()]))

    def __repr__(self) -> str:
        return self.message

    def _repr_markdown_(self) -> str:
        style = f"border-left: 6px solid {_STATES[self.state][2]}; padding-left: 1em"
        return f'<div style="{style}">\n\n{self!r}\n\n</div>'

    def _next_step(self) -> str:
        if self.passed:
            return f"All {len(self.results)} requirements are met. `solution()` shows one way."
        sentences = []
        if self.same:
            sentences.append(
                "This is the same function as in the last check. Run its cell after you change it."
            )
        if self.first_unmet and any(result.met is None for result in self.results):
            sentences.append("○ is checked once you fix the ✗.")
        if self.calls_left:
            calls = f"{self.calls_left} more call{'s' if self.calls_left > 1 else ''}"
            sentences.append(
                f"The check stopped at this call. When it is right, {calls} will follow."
            )
        if not self.nothing_yet:
            sentences.append("`hint()` has a hint on the first ✗.")
        return " ".join(sentences)


@dataclass(frozen=True)
class Note:
    """A string in Markdown that shows itself as such."""

    text: str

    def __repr__(self) -> str:
        return self.text

    _repr_markdown_ = __repr__
