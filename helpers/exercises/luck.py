"""Tell a right choice of the best child from a lucky one.

A wrong rule, such as "the last child", now and then chooses the best child all the same. So there
is a list of wrong rules, and the check goes on calling until each of them would have chosen wrongly
in at least one call. That takes few calls, because the check decides what `simulate_trial` returns
meanwhile: `script` puts the lowest metric1 where it wants it, and near it what misleads. A function
that draws numbers of its own is called until its own luck has told the rules apart, or until
`PATIENCE` calls in a row have told none. What it has logged is right in every call then, and it
passes, though a rule that is left would have looked the same. The lesson's page says so.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence

from mlflow.entities import Run

from helpers.exercises.wrong_rules import RULES, Choose, Rule, Trial, Trials, best_of

PATIENCE = 3  # calls that are made for nothing else and show nothing new


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
