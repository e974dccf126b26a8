"""The exercise of lesson 09: from how many runs on eight in ten searches see an effect."""

from __future__ import annotations

import math

from exercises.engine import Exercise, Finding, Record, came_back, code

exercise = Exercise.load(__file__)


def seen(record: Record) -> dict[int, list[bool]]:
    """Return which searches of the study see the effect, by their number of runs."""
    found: dict[int, list[bool]] = {}
    for search in record.world.children(record.call.args[0]):
        share = search.metrics.get("share", math.nan)
        if search.status == "FINISHED" and not math.isnan(share):
            found.setdefault(int(search.params["num_runs"]), []).append(share <= 0.05)
    return dict(sorted(found.items()))


def said(num_runs: int, searches: list[bool]) -> str:
    """Say how many searches see the effect."""
    return f"with {num_runs} runs, {sum(searches)} of {len(searches)} searches see it"


def are_enough(searches: list[bool]) -> bool:
    """Tell whether at least eight in ten searches see the effect."""
    return 10 * sum(searches) >= 8 * len(searches)


def right(record: Record) -> int | None:
    """Return the number of runs from which on all are enough."""
    enough = None
    for num_runs, searches in reversed(seen(record).items()):
        if not are_enough(searches):
            break
        enough = num_runs
    return enough


@exercise.requirement
def returns_a_number(record: Record) -> Finding | None:
    """Tell whether a whole number came back, or None."""
    if type(record.value) is int or record.outcome.returned == "NoneType":
        return None
    cause = "a_text" if record.outcome.returned == "str" else ""
    return Finding("a whole number, or None", came_back(record.outcome), cause=cause)


@exercise.requirement
def enough_see_it(record: Record) -> Finding | None:
    """Tell whether eight in ten searches see the effect with the number that came back."""
    number, searches = record.value, seen(record)
    if number is None or are_enough(searches.get(number, [False])):
        return None
    known = said(number, searches[number]) if number in searches else "no search that counts has it"
    return Finding("a number of runs with which eight in ten see it", f"{code(number)}: {known}")


@exercise.requirement
def from_there_on(record: Record) -> Finding | None:
    """Tell whether that holds for every larger number, too."""
    for num_runs, searches in seen(record).items():
        if record.value is not None and num_runs > record.value and not are_enough(searches):
            found = f"{code(record.value)}; but {said(num_runs, searches)}"
            return Finding("a number above which all others are enough, too", found)
    return None


@exercise.requirement
def the_lowest(record: Record) -> Finding | None:
    """Tell whether it is the lowest such number."""
    expected = right(record)
    if record.value == expected:
        return None
    return Finding(code(expected), code(record.value))


check, hint, solution = exercise.check, exercise.hint, exercise.solution
