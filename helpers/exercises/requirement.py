"""A requirement of an exercise: its test, its title, where to look and its hints, in one object.

It is written as a function. The paragraphs of its docstring are what students read: the title,
where to look, and the hints, from a nudge to nearly there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from mlflow.entities import Run

T = TypeVar("T")


class Cause(NamedTuple):
    """One mistake: where to look, and hints on it."""

    look: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What was expected, and what was found instead (in Markdown), on which run."""

    expected: str
    found: str
    run: Run | None = None
    cause: Cause | None = None  # of this one mistake; without one, the requirement's words speak


def causes_in(docstring: str | None) -> dict[str, Cause]:
    """Read the causes that a module's docstring lists after its first paragraph.

    Args:
        docstring: for each cause a paragraph: its name, where to look, and a line for each hint.
    """
    _, *blocks = (block.splitlines() for block in (docstring or "").strip().split("\n\n"))
    return {name: Cause(look, tuple(hints)) for name, look, *hints in blocks}


@dataclass(frozen=True)
class Requirement(Generic[T]):
    """One requirement: what says that it is not met, and what is said then."""

    key: str
    title: str
    unmet: Callable[[T], Finding | None]
    look: str
    hints: tuple[str, ...]
    needs: tuple[str, ...] = ()  # keys of those without which it cannot be judged


def requirement(*needs: str) -> Callable[[Callable[[T], Finding | None]], Requirement[T]]:
    """Make a requirement of a function that says what of it an observation does not meet.

    Args:
        needs: names of those that have to be met before it can be judged.
    """

    def made(unmet: Callable[[T], Finding | None]) -> Requirement[T]:
        title, look, *hints = paragraphs(unmet)
        return Requirement(unmet.__name__, title, unmet, look, tuple(hints), needs)

    return made


def paragraphs(function: Callable[..., object]) -> list[str]:
    """Return the paragraphs of a docstring, each in one line."""
    text = inspect.getdoc(function) or ""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


@dataclass(frozen=True)
class Result:
    """What became of one requirement."""

    requirement: Requirement[Any]
    met: bool | None  # None: it could not be judged
    finding: Finding | None = None
    call: str = ""  # the call in which it was not met

    @property
    def look(self) -> str:
        """Where to look, if it is not met."""
        cause = self.finding and self.finding.cause
        return cause.look if cause else self.requirement.look

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints, from a nudge to nearly there."""
        cause = self.finding and self.finding.cause
        return cause.hints if cause else self.requirement.hints


def judged(requirements: Sequence[Requirement[T]], observed: Sequence[T]) -> tuple[Result, ...]:
    """Test each requirement on every observation on which those that it needs are met.

    Args:
        requirements: in the order in which students want to hear of them.
        observed: one observation a call; `str` of it is the call.
    """
    findings: list[dict[str, Finding | None]] = [{} for _ in observed]
    results = []
    for requirement in requirements:
        result = Result(requirement, None)
        for seen, about in zip(observed, findings, strict=True):
            if any(about.get(key, True) for key in requirement.needs):
                continue  # not met there, or not judged
            found = about[requirement.key] = requirement.unmet(seen)
            if result.met is not False:
                result = Result(requirement, found is None, found, str(seen) if found else "")
        results.append(result)
    return tuple(results)


def code(value: object) -> str:
    """Return a value as Markdown code, whatever characters it has, the first 300 of them.

    >>> print(code("a`b"))
    `` a`b ``
    """
    text = " ".join(str(value).split()) or " "
    text = text if len(text) <= 300 else text[:299] + "…"
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def names(runs: Iterable[Run]) -> str:
    """Return the names of runs as Markdown code, the first three of them."""
    quoted = [code(run.info.run_name) for run in runs]
    return ", ".join(quoted[:3]) + (f" and {len(quoted) - 3} more" if len(quoted) > 3 else "")


def value_of(run: Run, kind: str, name: str) -> str:
    """Say what a run has under a name, or as what else, or what it has instead.

    Args:
        run: the run.
        kind: `metrics`, `params` or `tags`.
        name: the metric's, parameter's or tag's.
    """
    words = {"metrics": "metric", "params": "parameter", "tags": "tag"}
    for other in sorted(words, key=lambda other: other != kind):
        value = getattr(run.data, other).get(name)
        if value is not None:
            return f"`{name}` = {code(value)}" + (f" as a {words[other]}" if other != kind else "")
    others = [key for key in getattr(run.data, kind) if not key.startswith("mlflow.")]
    return f"no {words[kind]} `{name}`" + (f" (only {code(', '.join(others))})" if others else "")
