"""Recognize where a wrong value comes from, if that is certain: the highest one, a rounded one.

Looks only at values, never at a student's code. The hints on each fact are in `shared.toml`, under
`fact`; an exercise may replace them.
"""

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import fmean, median
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Candidate:
    """A value that may have been taken in place of the right one."""

    name: str  # of the fact, as in `shared.toml`
    text: str  # what the value is, in Markdown; a report writes "this is" before it
    value: Any


_LARGEST = sys.float_info.max  # what MLflow's server stores of infinity
START_VALUES = {0, _LARGEST}  # of a comparison, often: that a run has one of them tells nothing
INFINITE = [
    Candidate("infinite", "infinity, or what the server stores of it", value)
    for value in (math.inf, -math.inf, _LARGEST, -_LARGEST)
]


def recognize(actual: Any, right: Any, candidates: Iterable[Candidate] = ()) -> Candidate | None:
    """Return what a wrong value is: the right one in another form, else an equal candidate.

    Args:
        actual: the wrong value.
        right: the right one.
        candidates: what else it may be, the likeliest first.

    >>> recognize(0.22, 0.2236, [Candidate("last", "that of `run_4`", 0.22)]).text
    'the right value rounded to 2 digits'
    >>> recognize(0.9, 0.2, among([("`run_0`", 0.2), ("`run_1`", 0.9), ("`run_2`", 0.4)])).text
    'the highest of these values, that of `run_1`'
    >>> recognize("0.2", 0.2).text
    'the right value as a string'
    >>> recognize(7, 0.2, among([("`run_0`", 0.2)]))
    """
    if type(actual) is type(right) and actual == right:
        return None
    known = [*_changed(actual, right), *candidates, *INFINITE]
    return next((candidate for candidate in known if _same(actual, candidate.value)), None)


def only_match(value: Any, candidates: Iterable[Candidate]) -> Candidate | None:
    """Return the candidate with this value, if exactly one of them has it."""
    matching = [candidate for candidate in candidates if candidate.value == value]
    return matching[0] if len(matching) == 1 else None


def among(values: Sequence[tuple[str, float]], best: str = "lowest") -> Iterator[Candidate]:
    """Yield what can be taken from some numbers in place of the right one.

    Args:
        values: what has the number, in Markdown, and the number; in their order.
        best: which one is right: "lowest", "highest", or something else.
    """
    numbers = [(title, value) for title, value in values if not math.isnan(value)]
    if len(numbers) < 2:  # then one value is everything
        return
    ordered = sorted(numbers, key=itemgetter(1))
    places = {"highest": ordered[-1], "lowest": ordered[0], "last": values[-1], "first": values[0]}
    for name, (title, value) in places.items():
        if name != best:
            yield Candidate(name, f"the {name} of these values, that of {title}", value)
    second = ordered[-2 if best == "highest" else 1]
    yield Candidate("another", f"the second {best}, that of {second[0]}", second[1])
    for title, value in values:
        yield Candidate("another", f"that of {title}", value)
    plain = [value for _, value in numbers]
    # Floats add up to a sum that depends on how they are added.
    sums = {math.fsum(plain), sum(plain), float(np.sum(plain))}
    means = {fmean(plain), *(total / len(plain) for total in sums)}
    for what, values_of_it in {"mean": means, "median": {median(plain)}, "sum": sums}.items():
        for value in values_of_it:
            yield Candidate("mean", f"the {what} of these values", value)


def _changed(actual: Any, right: Any) -> Iterator[Candidate]:
    """Yield the right value after each change that a student may have made to it."""
    if isinstance(right, bool) or right is None:
        return
    if isinstance(right, int | float):
        yield Candidate("negated", "the right value with the other sign", -right)
        yield Candidate("as_string", "the right value as a string", str(right))
    if isinstance(right, float) and math.isfinite(right):
        for digits in range(16):
            plural = "s" if digits != 1 else ""
            how = f"to {digits} digit{plural}" if round(right, digits) else "to nothing"
            yield Candidate("rounded", f"the right value rounded {how}", round(right, digits))
        yield Candidate("rounded", "the right value in 32 bits", float(np.float32(right)))
    if isinstance(right, str) and isinstance(actual, str):
        yield from _altered(actual, right)


def _altered(actual: str, right: str) -> Iterator[Candidate]:
    """Yield how a string may have been changed."""
    changes = {
        "with other capital letters": actual.casefold() == right.casefold(),
        "with other spaces": "".join(actual.split()) == "".join(right.split()),
        "in quotes or brackets": right in actual and actual.strip("[]()'\", ") == right,
        "with other characters in place of some": _letters(actual) == _letters(right) != "",
        "cut short": actual != "" and right.startswith(actual),
    }
    for how, fits in changes.items():
        if fits:
            yield Candidate("altered", f"the right value {how}", actual)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _same(actual: Any, value: Any) -> bool:
    """Tell whether a value is this one; a number is neither a truth value nor a string."""
    numbers = {type(actual), type(value)} == {int, float}
    return (numbers or type(actual) is type(value)) and bool(actual == value)
