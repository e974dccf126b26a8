"""Wrong rules for choosing the best child, as students come up with them.

The trials are a call's children, oldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True)
class Trial:
    """What a child run has logged."""

    metric1: float
    param1: str
    param2: str
    metric2: float


Trials = Sequence[Trial]
Choose = Callable[[Trials], Trial]


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


def _by_place() -> Iterator[Rule]:
    for n in (1, 2, 3, 4, 5, 10):
        size = n + 2 if n < 10 else 0
        yield Rule(f"the first {n}", within(slice(n)), size)
        yield Rule(f"the last {n}", within(slice(-n, None)), size)
    for index in (0, -1, 1, 2, 3, -2, -3):
        yield Rule(f"all but number {index}", without(index), 3 if index in (0, -1) else 0)
    for step, start in ((2, 0), (2, 1), (3, 0), (3, 1), (3, 2)):
        yield Rule(f"every {step} from {start}", within(slice(start, None, step)), 3)
    yield Rule("until one is worse", until(lambda trial, best: trial.metric1 > best.metric1), 3)
    yield Rule("until it gains little", until(lambda t, best: t.metric1 > best.metric1 - 0.01), 3)


def _by_value() -> Iterator[Rule]:
    yield Rule("the highest", lowest(lambda t: -t.metric1), 2)
    yield Rule("the second lowest", lambda trials: sorted(trials, key=_metric1)[:2][-1], 2)
    yield Rule("the lowest metric2", lowest(lambda t: t.metric2), 2)
    yield Rule("the highest metric2", lowest(lambda t: -t.metric2), 2)
    for weight in (1, 0.01, -0.01):
        yield Rule(f"{weight} metric2 more", lowest(partial(_with_metric2, weight=weight)))
    yield Rule("the product", lowest(lambda t: t.metric1 * t.metric2))
    yield Rule("as text", lowest(lambda t: str(t.metric1)))
    for digits in range(6):
        yield Rule(f"rounded to {digits}", lowest(partial(_rounded, digits=digits)))
    for limit in (0.25, 0.5, 0.75):
        yield Rule(f"the first below {limit}", lowest(partial(_above, limit=limit)))


def _by_param() -> Iterator[Rule]:
    params: dict[str, Callable[[Trial], Hashable]] = {
        "param1": lambda t: t.param1,
        "param2": lambda t: t.param2,
        "both": lambda t: (t.param1, t.param2),
    }
    for name, by in params.items():
        yield Rule(f"{name} first", lowest(partial(_param_first, by=by)), 8)
        yield Rule(f"{name} of the lowest mean", in_group(by, _mean), 8)
        yield Rule(f"the most frequent {name}", in_group(by, lambda group: -len(group)), 8)


def _metric1(trial: Trial) -> float:
    return trial.metric1


def _with_metric2(trial: Trial, weight: float) -> float:
    return trial.metric1 + weight * trial.metric2


def _rounded(trial: Trial, digits: int) -> float:
    return round(trial.metric1, digits)


def _param_first(trial: Trial, by: Callable[[Trial], Hashable]) -> Any:
    return by(trial), trial.metric1


def _above(trial: Trial, limit: float) -> bool:
    return trial.metric1 >= limit


def _mean(trials: Trials) -> float:
    return sum(map(_metric1, trials)) / len(trials)


RULES = [*_by_place(), *_by_value(), *_by_param()]
