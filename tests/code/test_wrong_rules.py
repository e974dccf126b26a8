"""The calls of the best-child challenge tell a right choice from a wrong one, whatever the rule.

No server is needed for that: the trials of each call are drawn here as the lesson's functions draw
them. A rule leaves trials out, compares something else than metric1, or takes parameters of another
trial. All rules with one such mistake are tried, and a thousand with several.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from operator import itemgetter
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from exercises.best_child import asked, exercise
from exercises.engine.calling import scripted
from helpers import generate_run_names, simulate_trial

Trial = dict[str, Any]  # what a child run has logged, and how it stands among the others
Trials = Sequence[Trial]
Filter = Callable[[Trials], Trials]
Choice = Callable[[Trials], Trial]
Rule = Callable[[Trials], tuple[float, str, str]]
PARAMS = ("param1", "param2")
metric1, result = itemgetter("metric1"), itemgetter("metric1", "param1", "param2")


def draw(given: Mapping[str, Any]) -> list[Trial]:
    """Draw the trials of one call as the starter's functions do."""
    trials: list[Trial] = []
    for place, name in enumerate(generate_run_names(given["test_no"], given["num_child_runs"])):
        both = random.choice(given["param1_choices"]), random.choice(given["param2_choices"])
        values = (place, name, both, *both, *simulate_trial(*both))
        fields = ("place", "name", "both", "param1", "param2", "metric1", "metric2")
        trials.append(dict(zip(fields, values, strict=True)))
    for trial in trials:
        for param in (*PARAMS, "both"):
            same = [other for other in trials if other[param] == trial[param]]
            trial[f"mean of its {param}"] = fmean(map(metric1, same))
            trial[f"its {param} before"] = same.index(trial)
            trial[f"its {param} from here on"] = len(same) - same.index(trial)
    return trials


def draw_in_the_check() -> Iterator[list[Trial]]:
    for call in exercise.words.call:
        random.seed(call.seed)
        with scripted(call.trials):
            yield draw(asked(call))


def draw_by_chance() -> list[list[Trial]]:
    """Return trials as they come from the arguments of the calls, without any script."""
    random.seed(1)
    return [draw(asked(call)) for _ in range(40) for call in exercise.words.call]


IN_THE_CHECK, BY_CHANCE = list(draw_in_the_check()), draw_by_chance()
FIELDS = list(IN_THE_CHECK[0][0])


def best_of(trials: Trials) -> Trial:
    return min(trials, key=metric1)


def is_right(rule: Rule, trials: Trials) -> bool:
    """Whether a rule finds what has to be logged."""
    lowest = metric1(best_of(trials))
    return rule(trials) in [result(trial) for trial in trials if metric1(trial) == lowest]


def until(stop: Callable[[Trials], bool]) -> Filter:
    """Return a way to stop early: a child is the last one if it and those before it say so."""

    def first_ones(trials: Trials) -> Trials:
        ends = (end for end in range(1, len(trials)) if stop(trials[:end]))
        return trials[: next(ends, len(trials))]

    return first_ones


def no_better_for(trials: Trials, count: int) -> bool:
    return trials.index(best_of(trials)) < len(trials) - count


def two_of_a_kind(trials: Trials, kind: str) -> bool:
    return len(trials) > 1 and trials[-1][kind] == trials[-2][kind]


def compared(field: str, compare: Callable[[Any, Any], bool], limit: Any) -> Filter:
    """Return a way to keep the trials whose field compares so with a limit."""
    return lambda trials: [trial for trial in trials if compare(trial[field], limit)]


def filters() -> dict[str, Filter]:
    slices = [slice(None, None, -1), slice(None, None, 2), slice(1, None, 2)]
    for n in range(1, 12):
        slices += [slice(n), slice(-n, None), slice(n, None), slice(None, -n)]
    slices += [slice(None, None, n) for n in range(3, 6)]
    ways: dict[str, Filter] = {str(part): itemgetter(part) for part in slices}
    for n in range(-4, 4):
        ways[f"without child {n}"] = lambda trials, n=n: [
            trial for trial in trials if trial not in trials[n:][:1]
        ]
    for n in (0, 1):
        ways[f"without the middle one ({n})"] = lambda trials, n=n: [
            trial for trial in trials if trial["place"] != (len(trials) - n) // 2
        ]
    ways["the first half"] = lambda trials: trials[: len(trials) // 2]
    ways["the second half"] = lambda trials: trials[len(trials) // 2 :]
    for n in range(1, 6):
        ways[f"until {n} are no better"] = until(partial(no_better_for, count=n))
    for kind in (*PARAMS, "both"):
        twice = until(partial(two_of_a_kind, kind=kind))
        ways[f"until {kind} comes twice in a row"] = twice
        ways[f"after {kind} came twice in a row"] = lambda trials, twice=twice: trials[
            len(twice(trials)) :
        ]
        ways[f"until a {kind} comes again"] = until(
            lambda trials, kind=kind: trials[-1][f"its {kind} before"] > 0
        )
        for n in range(1, 4):
            ways[f"{n} of each {kind}"] = compared(f"its {kind} before", operator.lt, n)
            ways[f"after {n} of each {kind}"] = compared(f"its {kind} before", operator.ge, n)
            ways[f"the last {n} of each {kind}"] = compared(
                f"its {kind} from here on", operator.le, n
            )
    ways["until it rises"] = until(
        lambda trials: any(b > a for a, b in pairwise(map(metric1, trials)))
    )
    ways["above 0"] = compared("metric1", operator.gt, 0)
    ways["below 1"] = compared("metric1", operator.lt, 1)
    ways["all but the best"] = lambda trials: sorted(trials, key=metric1)[1:]
    return ways


def keys() -> dict[str, Callable[[float], Any]]:
    ways: dict[str, Callable[[float], Any]] = {
        "the highest": operator.neg,
        "without the sign": abs,
        "as text": str,
        "its length": lambda value: len(str(value)),
        "32 bits": np.float32,
        "the rest of 1": lambda value: value % 1,
        "its reciprocal": lambda value: 1 / (value or 1),
    }
    for n in range(-1, 16):
        ways[f"{n} digits"] = lambda value, n=n: round(value, n)
        ways[f"cut after {n} digits"] = lambda value, n=n: int(value * 10.0**n)
        ways[f"significant digits: {n}"] = lambda value, n=n: float(f"{value:.{max(n, 1)}g}")
        ways[f"digit {n} alone"] = lambda value, n=n: int(abs(value) * 10.0**n) % 10
        ways[f"character {n}"] = lambda value, n=n: str(value)[n : n + 1]
    return ways


def choices() -> dict[str, Choice]:
    ways: dict[str, Choice] = {}
    for n in range(-5, 5):
        ways[f"child {n}"] = lambda trials, n=n: trials[n % len(trials)]
        ways[f"{n} further on"] = lambda trials, n=n: trials[
            (trials.index(best_of(trials)) + n) % len(trials)
        ]
    for field in FIELDS:
        for n in range(-5, 5) if field in ("metric1", "name") else (0, -1):
            ways[f"{n} in order of {field}"] = lambda trials, n=n, field=field: sorted(
                trials, key=itemgetter(field)
            )[n % len(trials)]
    return ways


FILTERS, KEYS, CHOICES = filters(), keys(), choices()


def rule(
    trials: Trials,
    drops: Iterable[str] = (),
    key: str = "",
    other: str = "",
    params: Sequence[str] = (),
) -> tuple[float, str, str]:
    """Choose a trial by the names of some mistakes; take these parameters from the other one."""
    remaining = trials
    for name in drops:
        remaining = FILTERS[name](remaining) or remaining
    best = min(remaining, key=lambda trial: KEYS[key](metric1(trial)) if key else metric1(trial))
    picked = CHOICES[other](trials) if other else best
    taken = {param: picked if param in params else best for param in PARAMS}
    value = metric1(picked if "metric1" in params else best)
    return value, taken["param1"]["param1"], taken["param2"]["param2"]


ANOTHERS = (["param1"], ["param2"], ["param1", "param2"], ["metric1", "param1", "param2"])
REVERSED = str(slice(None, None, -1))


def with_one_mistake() -> Iterator[Mapping[str, Any]]:
    yield from ({"drops": [name]} for name in FILTERS)
    yield from ({"key": key, "drops": drops} for key in KEYS for drops in ([], [REVERSED]))
    yield from ({"other": name, "params": params} for name in CHOICES for params in ANOTHERS)


def with_some_mistakes() -> Iterator[Mapping[str, Any]]:
    draws = random.Random(0)
    for _ in range(1000):
        yield {
            "drops": draws.choices([*FILTERS], k=draws.randint(0, 2)),
            "key": draws.choice([*KEYS]) if draws.random() < 0.3 else "",
            "other": draws.choice([*CHOICES]),
            "params": draws.choice([[], *ANOTHERS]),
        }


@pytest.mark.parametrize("mistakes", [with_one_mistake, with_some_mistakes])
def test_no_wrong_rule_passes_unless_it_is_nearly_always_right(
    mistakes: Callable[[], Iterator[Mapping[str, Any]]],
) -> None:
    passing = [
        named
        for named in mistakes()
        if all(is_right(partial(rule, **named), t) for t in IN_THE_CHECK)
    ]
    assert passing  # the mistake of some is never seen: they are as good as right
    rates = [fmean(is_right(partial(rule, **named), t) for t in BY_CHANCE) for named in passing]
    assert [named for named, rate in zip(passing, rates, strict=True) if rate < 0.95] == []
