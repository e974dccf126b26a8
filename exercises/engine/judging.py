"""Compare what was recorded with what is required."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mlflow.entities import Run

from exercises.engine.recording import Record
from exercises.engine.words import Cause, Requirement


@dataclass(frozen=True)
class Finding:
    """What was expected, and what was found instead (in Markdown), on which run."""

    expected: str
    found: str
    run: Run | None = None
    cause: str = ""  # name of a cause in the exercise's words, if this one mistake is certain
    guesses: Sequence[str] = ()  # names of causes that fit; one is certain if it fits in many calls


Test = Callable[[Record], Finding | None]  # says what of a requirement one call does not meet
MANY = 4  # calls in which a requirement is not met


@dataclass(frozen=True)
class Result:
    """What became of one requirement."""

    key: str
    words: Requirement
    met: bool | None  # None: it was not judged on every call
    finding: Finding | None = None
    call: str = ""  # the call in which it was not met

    @property
    def title(self) -> str:
        """What the requirement says."""
        return self.words.title

    @property
    def look(self) -> str:
        """Where to look, if it is not met."""
        return self._speaking.look

    @property
    def hints(self) -> list[str]:
        """The hints, from a nudge to nearly there."""
        return self._speaking.hints

    @property
    def _speaking(self) -> Requirement | Cause:
        cause = self.finding.cause if self.finding else ""
        return self.words.cause[cause] if cause else self.words


def judge(
    requirements: Mapping[str, Requirement], tests: Mapping[str, Test], records: Sequence[Record]
) -> tuple[Result, ...]:
    """Test each requirement on every call on which those that it needs are met.

    Args:
        requirements: their words by key, in the order of the report.
        tests: theirs, by key.
        records: one for each call that was to be made.
    """
    met: list[set[str]] = [set() for _ in records]  # keys of what is met, for each call
    results = []
    for key, requirement in requirements.items():
        unmet: list[tuple[Finding, Record]] = []
        for record, met_here in zip(records, met, strict=True):
            if not met_here.issuperset(requirement.needs):
                continue
            if finding := tests[key](record):
                unmet.append((finding, record))
            else:
                met_here.add(key)
        if unmet:
            finding, record = unmet[0]
            finding = replace(finding, cause=_cause(requirement, unmet))
            results.append(Result(key, requirement, False, finding, str(record)))
        else:
            met_on_all = all(key in met_here for met_here in met)
            results.append(Result(key, requirement, True if met_on_all else None))
    return tuple(results)


def _cause(requirement: Requirement, unmet: Sequence[tuple[Finding, Record]]) -> str:
    """Name the cause of what is not met; empty if none is certain."""
    (finding, record), *_ = unmet
    error = record.outcome.error
    raised = [name for name, one in requirement.cause.items() if one.raised and one.raised in error]
    fit_all = [name for name in finding.guesses if all(name in one.guesses for one, _ in unmet)]
    certain = [finding.cause, *raised, *(fit_all if len(unmet) >= MANY else [])]
    return next((name for name in certain if name in requirement.cause), "")
