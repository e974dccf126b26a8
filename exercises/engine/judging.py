"""Compare what was recorded with what is required."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exercises.engine.recording import Finding, Record
from exercises.engine.words import Requirement


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
    requirements: Mapping[str, Requirement], records: Sequence[Record], planned: int
) -> tuple[Result, ...]:
    """Test each requirement on every call on which those that it needs are met.

    If fewer calls than planned were made, and each of them met everything, nothing is certain: no
    requirement counts as met.

    Args:
        requirements: their words by key, in the order of the report.
        records: one for each call that was made; none if nothing is to be judged.
        planned: how many calls the exercise has.
    """
    met: list[set[str]] = [set() for _ in records]  # keys of what is met, for each call
    results = []
    for key, requirement in requirements.items():
        result = Result(key, requirement.title)
        for record, met_here in zip(records, met, strict=True):
            if not met_here.issuperset(requirement.needs):
                continue
            finding = next(getattr(record, key)(), None)
            if finding is None:
                met_here.add(key)
            elif result.met is None:  # the first call in which it is not met
                result = _unmet(result, requirement, finding, record)
        if met and all(key in met_here for met_here in met):
            result = replace(result, met=True)
        results.append(result)
    if len(records) < planned and not any(result.met is False for result in results):
        return tuple(replace(result, met=None) for result in results)
    return tuple(results)


def _unmet(result: Result, requirement: Requirement, finding: Finding, record: Record) -> Result:
    error, causes = record.outcome.error, requirement.cause
    raised = [name for name, one in causes.items() if one.raised and one.raised in error]
    cause = next((name for name in (finding.cause, *raised) if name in causes), "")
    speaks, finding = causes.get(cause, requirement), replace(finding, cause=cause)
    return replace(
        result, met=False, look=speaks.look, hints=speaks.hints, finding=finding, call=str(record)
    )
