"""With what the best-child challenge calls `execute_tuning`, and when it has seen enough."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from helpers.exercises.calling import Call, Described
from helpers.exercises.family import DEFAULTS, Family
from helpers.exercises.luck import PATIENCE, lucky_rules, script, trials_of
from helpers.exercises.observing import Calls
from helpers.exercises.wrong_rules import Rule

_SHORT = {
    "test_no": 1,
    "param1_choices": ["x", "y", "z"],
    "param2_choices": ["u", "v", "w"],
    "test_identifier": "subset_test",
}
# Five values, so that the parameters of another child show. Then few, which children share.
_MORE = {
    "test_no": 4,
    "param1_choices": list("mzkaq"),
    "param2_choices": list("TQASZ"),
    "test_identifier": "",
}
_FEW = {**_MORE, "param1_choices": ["h", "g"], "param2_choices": ["i", "j"]}
# What is given; the place of the best child and its metric1, with digits enough to show rounding.
# The most telling call first. The second one looks like the first but for its single child, so that
# a best that is carried over, or searched for by tag or name, is that of the other parent. The best
# child is once each of the first four and of the last three, once after the first ten, and once
# before the last ten, for the rules that look at places.
PLAN: list[tuple[dict[str, Any], int, float]] = [
    ({**_SHORT, "num_child_runs": 6}, 3, 0.314159265358979),
    ({**_SHORT, "num_child_runs": 1}, 0, 0.927182818284591),
    ({"test_no": 0}, 2, 0.0000423606797749979),
    ({**_MORE, "num_child_runs": 11}, 0, 0.618033988749895),
    ({**_MORE, "test_no": 5, "num_child_runs": 11}, 10, 0.173205080756888),
    ({**_FEW, "test_no": 6, "num_child_runs": 3}, 1, 0.814213562373095),
]


def asks(calls: Calls) -> Generator[Call]:
    """Say with what to call the function next, until no wrong rule can have come through by luck.

    To read the runs takes as long as to log three. So it is done after the first call and after the
    last one of `PLAN`, and after each only if start times do not tell which call made which run.

    Args:
        calls: those made so far.
    """
    planned = [_call(calls.described, *plan, seed) for seed, plan in enumerate(PLAN)]
    first, *others = [call for call in planned if call] or [Call(tuple(PLAN[0][0].values()))]
    yield first
    if not _is_scripted(_families(calls)):
        del others[2:]
    for left, call in zip(range(len(others))[::-1], others, strict=True):
        yield replace(call, read_with_next=left > 0 and not calls.made[0].sets_dates)
    lucky, in_vain = _lucky(_families(calls)), 0
    while in_vain < PATIENCE and (size := max((rule.size for rule in lucky), default=0)):
        number = len(calls.made)
        given = {**_FEW, "test_no": number, "num_child_runs": size}
        place = (0, size - 1, size // 2)[number % 3]
        yield _call(calls.described, given, place, 0.5, number) or first
        before, lucky = lucky, _lucky(_families(calls))
        in_vain = 0 if len(lucky) < len(before) else in_vain + 1


def refused(described: Described) -> str:
    """Say why a function does not take all five parameters; empty if it does."""
    return next(filter(None, (_way(described, given)[1] for given, *_ in PLAN)), "")


def _families(calls: Calls) -> list[Family]:
    made = tuple(calls.made)
    return [Family("execute_tuning", calls.described, made, number) for number in range(len(made))]


def _lucky(families: Sequence[Family]) -> list[Rule]:
    trials = [trials_of(family.children) for family in families if family.parents]
    return lucky_rules([trial for trial in trials if trial])


def _is_scripted(families: Sequence[Family]) -> bool:
    """Tell whether the trials returned what the check had chosen."""
    return all(
        trial.metric1 in [metric1 for metric1, _ in family.seen.call.script]
        for family in families
        if family.parents
        for trial in trials_of(family.children)
    )


def _call(
    described: Described, given: dict[str, Any], place: int, low: float, seed: int
) -> Call | None:
    """Return a call with all that is given, or without the fifth of it; None if neither fits."""
    for values in (given, {name: given[name] for name in list(given)[:4]}):
        (args, kwargs), why_not = _way(described, values)
        if not why_not:
            number = (DEFAULTS | values)["num_child_runs"]
            return Call(args, kwargs, seed, script(number, min(place, number - 1), low, seed))
    return None


_Way = tuple[tuple[Any, ...], dict[str, Any]]  # positional and named arguments


def _way(described: Described, given: Mapping[str, Any]) -> tuple[_Way, str]:
    """Return the arguments, and why the function refuses them.

    As the lesson itself calls it further down: by position, and `num_child_runs` by name. So what
    passes the check works there.
    """
    way = args, kwargs = tuple(given.values())[:4], dict(list(given.items())[4:])
    signature = described.signature()
    if signature is None:
        return way, ""
    misfit = _misfit(signature, given, args, kwargs)
    if misfit:  # what is wrong with the order of all five says more, if anything is
        misfit = _misfit(signature, given, tuple(given.values()), {}) or misfit
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    named = {*signature.parameters, *(kwargs if inspect.Parameter.VAR_KEYWORD in kinds else ())}
    if not named.issuperset(kwargs):
        misfit = "`num_child_runs` is not among them"
    return way, misfit and f"the parameters `{', '.join(signature.parameters)}`: {misfit}"


def _misfit(signature: inspect.Signature, given: Mapping[str, Any], args: Any, kwargs: Any) -> str:
    """Say why a function cannot be called like that; empty if it can."""
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        return str(error)
    own = [name for name in given if name in signature.parameters]
    return "" if all(bound.get(name) is given[name] for name in own) else "in another order"
