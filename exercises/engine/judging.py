"""Compare what was recorded with what is required."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    guesses: Mapping[str, bool] = field(default_factory=dict)  # whether a cause fits; see `MANY`


Test = Callable[[Record], Finding | None]  # says what of a requirement one call does not meet
MANY = 4  # calls in which a cause must fit, and in no fewer, to be certain


@dataclass(frozen=True)
class Result:
    """What became of one requirement."""

    key: str
    title: str  # what it says
    met: bool | None = None  # None: it was not judged on every call
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
            results.append(Result(key, requirement.title, met_on_all or None))
    return tuple(results)


def _unmet(key: str, requirement: Requirement, unmet: Sequence[tuple[Finding, Record]]) -> Result:
    """Return what became of a requirement that some calls do not meet."""
    finding, record = unmet[0]
    error, causes = record.outcome.error, requirement.cause
    certain = [finding.cause]
    certain += [name for name, one in causes.items() if one.raised and one.raised in error]
    if len(unmet) >= MANY:
        certain += [n for n in finding.guesses if all(one.guesses.get(n) for one, _ in unmet)]
    cause = next((name for name in certain if name in causes), "")
    speaks, finding = causes.get(cause, requirement), replace(finding, cause=cause)
    return Result(key, requirement.title, False, speaks.look, speaks.hints, finding, str(record))
