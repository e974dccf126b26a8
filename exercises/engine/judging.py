"""Compare what was recorded with what is required."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mlflow.entities import Run

from exercises.engine.recording import Record
from exercises.engine.words import Requirement


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
    title: str  # what it says
    met: bool | None  # None: it was not judged on every call
    look: str = ""  # where to look, if it is not met
    hints: Sequence[str] = ()  # from a nudge to nearly there
    finding: Finding | None = None
    call: str = ""  # the call in which it was not met


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
            results.append(_unmet(key, requirement, unmet))
        else:
            met_on_all = all(key in met_here for met_here in met)
            results.append(Result(key, requirement.title, True if met_on_all else None))
    return tuple(results)


def _unmet(key: str, requirement: Requirement, unmet: Sequence[tuple[Finding, Record]]) -> Result:
    """Return what became of a requirement that some calls do not meet."""
    (finding, record), *_ = unmet
    cause = _cause(requirement, unmet)
    speaks = requirement.cause.get(cause, requirement)
    finding = replace(finding, cause=cause)
    return Result(key, requirement.title, False, speaks.look, speaks.hints, finding, str(record))


def _cause(requirement: Requirement, unmet: Sequence[tuple[Finding, Record]]) -> str:
    """Name the cause of what is not met; empty if none is certain."""
    (finding, record), *_ = unmet
    error = record.outcome.error
    raised = [name for name, one in requirement.cause.items() if one.raised and one.raised in error]
    fit_all = [name for name in finding.guesses if all(name in one.guesses for one, _ in unmet)]
    certain = [finding.cause, *raised, *(fit_all if len(unmet) >= MANY else [])]
    return next((name for name in certain if name in requirement.cause), "")
