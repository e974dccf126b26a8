"""Compare what was recorded of a call with what is required."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exercises.engine.recording import Finding, Record
from exercises.engine.words import Cause, Fact, Words


@dataclass(frozen=True)
class Result:
    """What became of one requirement."""

    key: str
    title: str  # what it says
    met: bool | None = None  # None: it was not judged
    look: str = ""  # where to look, if it is not met
    hints: Sequence[str] = ()  # from a nudge to nearly there
    finding: Finding | None = None
    call: str = ""  # in which it was not met, in Markdown


def judge(words: Words, record: Record | None) -> tuple[Result, ...]:
    """Test each requirement on a call, unless one that it needs is not met.

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
                result = _unmet(result, words, finding, record)
            else:
                met.add(key)
                result = replace(result, met=True)
        results.append(result)
    return tuple(results)


def _unmet(result: Result, words: Words, finding: Finding, record: Record) -> Result:
    """Add what was found, and the hints on it: of a cause or a fact, else of the requirement."""
    requirement, error = words.requirement[result.key], record.outcome.error
    known: dict[str, Cause | Fact] = {**words.fact, **requirement.cause}
    raised = [name for name, each in known.items() if each.raised and each.raised in error]
    raised.sort(key=lambda name: name not in requirement.cause)
    fact = finding.fact.name if finding.fact else ""
    cause = next((name for name in (finding.cause, *raised, fact) if name in known), "")
    speaks = known.get(cause, requirement)
    return replace(
        result,
        met=False,
        look="" if isinstance(speaks, Fact) else speaks.look,
        hints=speaks.hints,
        finding=replace(finding, cause=cause),
        call=record.called,
    )
