"""Compare what was recorded with what is required."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

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


Test = Callable[[Record], Finding | None]  # says what of a requirement one call does not meet
CauseOfAll = Callable[[Sequence[Record]], str]  # names the cause that fits every call; "" if none


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
    requirements: Mapping[str, Requirement],
    tests: Mapping[str, Test],
    records: Sequence[Record],
    causes: Mapping[str, CauseOfAll] = MappingProxyType({}),
) -> tuple[Result, ...]:
    """Test each requirement on every call on which those that it needs are met.

    One call may look like several mistakes. A cause that only all calls together make certain is
    asked for once they have all been judged.

    Args:
        requirements: their words by key, in the order of the report.
        tests: theirs, by key.
        records: one for each call that was to be made.
        causes: of requirements, by key: what names their cause from all calls that were judged.
    """
    met: list[set[str]] = [set() for _ in records]  # keys of what is met, for each call
    results = []
    for key, requirement in requirements.items():
        unmet: list[tuple[Finding, str]] = []
        judged: list[Record] = []
        for record, met_here in zip(records, met, strict=True):
            if not met_here.issuperset(requirement.needs):
                continue
            judged.append(record)
            finding = tests[key](record)
            if finding:
                unmet.append((finding, str(record)))
            else:
                met_here.add(key)
        if unmet:
            finding, call = unmet[0]
            if key in causes and not finding.cause:
                finding = replace(finding, cause=causes[key](judged))
            results.append(Result(key, requirement, False, finding, call))
        else:
            met_on_all = len(judged) == len(records)
            results.append(Result(key, requirement, True if met_on_all else None))
    return tuple(results)
