"""Tell a right choice of the best child from a lucky one.

A wrong rule, such as "the last child", now and then chooses the best child all the same. So there
is a list of wrong rules, and the check goes on calling until each of them would have chosen wrongly
in at least one call. That takes few calls, because the check decides what `simulate_trial` returns
meanwhile: `script` puts the lowest metric1 where it wants it, and near it what misleads. A function
that draws numbers of its own is called until its own luck has told the rules apart, or until
`PATIENCE` calls in a row have told none; the report then says how many are left.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from mlflow.entities import Run

PATIENCE = 5  # calls that are made for nothing else and show nothing new


def script(number: int, place: int, lowest: float, seed: int) -> tuple[tuple[float, float], ...]:
    """Return metric1 and metric2 of some trials, with the lowest metric1 at a place.

    The first, the middle and the last of the others come close: to nine, six and three digits.
    Their metric2 are extremes, and that of the best trial is none.

    Args:
        number: how many trials.
        place: index of the best one.
        lowest: its metric1, between 0 and 1.
        seed: of all other numbers.

    >>> [round(metric1, 2) for metric1, _ in script(4, 1, 0.3, seed=1)]
    [0.3, 0.3, 0.3, 0.3]
    """
    draws = random.Random(seed)
    above = 1 - lowest
    trials = [(lowest + above * draws.uniform(0.2, 1), draws.uniform(2, 8)) for _ in range(number)]
    trials[place] = (lowest, 5.0)
    close = [index for index in dict.fromkeys((0, number // 2, number - 1)) if index != place]
    for index, apart, metric2 in zip(close, (1e-9, 1e-6, 1e-3), (1.0, 9.0, 1.5), strict=False):
        trials[index] = (lowest + above * apart, metric2)
    return tuple(trials)


@dataclass(frozen=True)
class Trial:
    """What a child run has logged."""

    metric1: float
    param1: str
    param2: str
    metric2: float


Trials = Sequence[Trial]
Choose = Callable[[Trials], Trial]


def trials_of(children: Iterable[Run]) -> list[Trial]:
    """Return what the children of one call have logged; those without a number are left out.

    Args:
        children: the child runs, oldest first.
    """
    data = [run.data for run in children]
    return [
        Trial(
            d.metrics["metric1"],
            d.params["param1"],
            d.params["param2"],
            d.metrics.get("metric2", 0),
        )
        for d in data
        if not math.isnan(d.metrics.get("metric1", math.nan))
    ]


def best_of(trials: Trials) -> Trial:
    """Return the first of the trials with the lowest metric1."""
    return min(trials, key=lambda trial: trial.metric1)


def within(part: slice) -> Choose:
    """Look at some places only."""
    return lambda trials: best_of(trials[part] or trials)


def without(index: int) -> Choose:
    """Leave one place out."""
    return lambda trials: best_of(
        [t for t in trials if t is not trials[index % len(trials)]] or trials
    )


def lowest(key: Callable[[Trial], Any]) -> Choose:
    """Compare by something else."""
    return lambda trials: min(trials, key=key)


def in_group(by: Callable[[Trial], Hashable], score: Callable[[Trials], float]) -> Choose:
    """Choose a value of a parameter first, by all its trials, then its best trial."""

    def choose(trials: Trials) -> Trial:
        groups = [[t for t in trials if by(t) == value] for value in dict.fromkeys(map(by, trials))]
        return best_of(min(groups, key=score))

    return choose


def until(enough: Callable[[Trial, Trial], bool]) -> Choose:
    """Stop early: when a trial, seen beside the best one before it, is enough."""

    def choose(trials: Trials) -> Trial:
        best = trials[0]
        for trial in trials[1:]:
            if enough(trial, best):
                break
            best = best_of([best, trial])
        return best

    return choose


@dataclass(frozen=True)
class Rule:
    """A wrong way to choose the best child."""

    name: str
    choose: Choose
    size: int = 0  # how many children tell it apart by luck; 0: hardly ever, so do not wait for it


def _mean(trials: Trials) -> float:
    return fmean(trial.metric1 for trial in trials)


RULES = [
    *(Rule(f"the first {n}", within(slice(n)), n + 1 if n < 6 else 0) for n in (1, 2, 3, 4, 5, 10)),
    *(
        Rule(f"the last {n}", within(slice(-n, None)), n + 1 if n < 6 else 0)
        for n in (1, 2, 3, 5, 10)
    ),
    *(Rule(f"all but number {i}", without(i)) for i in (1, 2, 3, -2, -3, -4)),
    *(Rule(f"all but number {i}", without(i), 2) for i in (0, -1)),
    *(Rule(f"every second from {i}", within(slice(i, None, 2)), 2) for i in (0, 1)),
    *(Rule(f"every third from {i}", within(slice(i, None, 3)), 3) for i in (0, 1, 2)),
    Rule("param1 first", lowest(lambda t: (t.param1, t.metric1)), 6),
    Rule("param2 first", lowest(lambda t: (t.param2, t.metric1)), 6),
    Rule("the highest", lowest(lambda t: -t.metric1), 2),
    Rule("the lowest metric2", lowest(lambda t: t.metric2), 2),
    Rule("the highest metric2", lowest(lambda t: -t.metric2), 2),
    *(
        Rule(f"metric2 times {w}", lowest(lambda t, w=w: t.metric1 + w * t.metric2))
        for w in (1, 0.01, -0.01)
    ),
    Rule("the product", lowest(lambda t: t.metric1 * t.metric2)),
    Rule("as text", lowest(lambda t: str(t.metric1))),
    *(Rule(f"rounded to {n}", lowest(lambda t, n=n: round(t.metric1, n))) for n in range(6)),
    *(
        Rule(f"the first below {x}", lowest(lambda t, x=x: t.metric1 >= x))
        for x in (0.25, 0.5, 0.75)
    ),
    Rule("until one is worse", until(lambda trial, best: trial.metric1 > best.metric1), 3),
    Rule(
        "until it gains little", until(lambda trial, best: trial.metric1 > best.metric1 - 0.01), 3
    ),
    Rule("param1 of the lowest mean", in_group(lambda t: t.param1, _mean), 6),
    Rule("param2 of the lowest mean", in_group(lambda t: t.param2, _mean), 6),
    Rule("both of the lowest mean", in_group(lambda t: (t.param1, t.param2), _mean), 6),
    Rule("the most frequent param1", in_group(lambda t: t.param1, lambda g: -len(g)), 6),
    Rule("the most frequent param2", in_group(lambda t: t.param2, lambda g: -len(g)), 6),
    Rule("the second lowest", lambda trials: sorted(trials, key=lambda t: t.metric1)[:2][-1], 2),
]


def lucky_rules(calls: Sequence[Trials]) -> list[Rule]:
    """Return the wrong rules by which the right values would have been logged in every call.

    A rule may give all three values, or the parameters alone, with the right metric. Those that
    luck tells apart quickly may also give one of the parameters alone.

    Args:
        calls: the trials of each call, none without any.
    """
    return [
        rule
        for rule in RULES
        for way in _WAYS[: 4 if rule.size == 2 else 2]
        if all(_is_right(trials, rule.choose, way) for trials in calls)
    ]


_Values = tuple[float, str, str]  # best_metric1, best_param1, best_param2
_WAYS: list[Callable[[Trial, Trial], _Values]] = [
    lambda chosen, best: (chosen.metric1, chosen.param1, chosen.param2),
    lambda chosen, best: (best.metric1, chosen.param1, chosen.param2),
    lambda chosen, best: (best.metric1, chosen.param1, best.param2),
    lambda chosen, best: (best.metric1, best.param1, chosen.param2),
]


def _is_right(trials: Trials, choose: Choose, way: Callable[[Trial, Trial], _Values]) -> bool:
    best = best_of(trials)
    right = [(t.metric1, t.param1, t.param2) for t in trials if t.metric1 == best.metric1]
    return way(choose(trials), best) in right
