"""The calls of the best-child challenge tell a right choice from a wrong one, whatever the rule.

No server is needed for that: the trials of each call are drawn here as the lesson's functions draw
them. A rule leaves trials out, compares something else than metric1, or takes the result of another
trial.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from operator import itemgetter
from statistics import fmean
from typing import Any

from exercises.best_child import asked, exercise
from exercises.engine.calling import scripted
from helpers import generate_run_names, simulate_trial

Trial = dict[str, Any]  # what a child run has logged, and how it stands among the others
Trials = Sequence[Trial]
Rule = Callable[[Trials], tuple[float, str, str]]
KINDS = ("param1", "param2", "both")
metric1, result = itemgetter("metric1"), itemgetter("metric1", "param1", "param2")


def draw(given: Mapping[str, Any]) -> list[Trial]:
    """Draw the trials of one call as the starter's functions do."""
    trials: list[Trial] = []
    for place, name in enumerate(generate_run_names(given["test_no"], given["num_child_runs"])):
        both = random.choice(given["param1_choices"]), random.choice(given["param2_choices"])
        values = (place, name, both, *both, *simulate_trial(*both))
        fields = ("place", "name", "both", "param1", "param2", "metric1", "metric2")
        trials.append(dict(zip(fields, values, strict=True)))
    for trial, kind in product(trials, KINDS):
        same = [other for other in trials if other[kind] == trial[kind]]
        trial[f"mean of its {kind}"] = fmean(map(metric1, same))
        trial[f"its {kind} before"] = same.index(trial)
        trial[f"its {kind} from here on"] = len(same) - same.index(trial)
    return trials


def draw_in_the_check() -> Iterator[list[Trial]]:
    for call in exercise.words.calls:
        random.seed(call.seed)
        with scripted(call.trials):
            yield draw(asked(call))


def draw_by_chance() -> list[list[Trial]]:
    """Return trials as they come from the arguments of the calls, without any script."""
    random.seed(1)
    return [draw(asked(call)) for _ in range(40) for call in exercise.words.calls]


def is_right(rule: Rule, trials: Trials) -> bool:
    """Whether a rule finds what has to be logged."""
    lowest = min(map(metric1, trials))
    return rule(trials) in [result(trial) for trial in trials if metric1(trial) == lowest]


def where(
    field: str, compare: Callable[[Any, Any], bool], limit: Any, trials: Trials
) -> list[Trial]:
    return [trial for trial in trials if compare(trial[field], limit)]


def without(child: int, trials: Trials) -> list[Trial]:
    return [trial for trial in trials if trial not in trials[child:][:1]]


def until_no_better(count: int, trials: Trials) -> Trials:
    """Stop after so many trials that are no better than one before them."""
    ends = range(count + 1, len(trials))
    worse = (e for e in ends if min(trials[:e], key=metric1) in trials[: e - count])
    return trials[: next(worse, len(trials))]


def left_out(drop: Callable[[Trials], Trials], trials: Trials) -> tuple[float, str, str]:
    return result(min(drop(trials) or trials, key=metric1))


def compared(key: Callable[[float], Any], step: int, trials: Trials) -> tuple[float, str, str]:
    return result(min(trials[::step], key=lambda trial: key(metric1(trial))))


def taken(
    field: str, number: int, params: tuple[str, ...], trials: Trials
) -> tuple[float, str, str]:
    """Take some of the result from the trial with this number in the order of a field."""
    ordered = sorted(trials, key=itemgetter(field))
    other, best = ordered[number % len(ordered)], min(trials, key=metric1)
    return result(best | {param: other[param] for param in params})


def rules() -> dict[str, Rule]:
    """Return rules with one mistake, by names that say which."""
    slices = [*(slice(None, None, n) for n in (-1, 2, 3, 4, 5)), slice(1, None, 2)]
    for n in range(1, 12):
        slices += [slice(n), slice(-n, None), slice(n, None), slice(None, -n)]
    drops: dict[str, Callable[[Trials], Trials]] = {str(part): itemgetter(part) for part in slices}
    drops |= {f"until {n} are no better": partial(until_no_better, n) for n in range(1, 6)}
    drops |= {f"without child {n}": partial(without, n) for n in range(-4, 4)}
    compares = [("metric1", operator.gt)]
    for kind in KINDS:
        compares += [(f"its {kind} before", operator.lt), (f"its {kind} before", operator.ge)]
        compares += [(f"its {kind} from here on", operator.le)]
    drops |= {
        f"{compare.__name__} {n} in {field}": partial(where, field, compare, n)
        for (field, compare), n in product(compares, range(4))
    }
    keys: dict[str, Callable[[float], Any]] = {
        "the highest": operator.neg,
        "without the sign": abs,
        "as text": str,
    }
    for n in range(-1, 16):
        keys[f"{n} digits"] = partial(round, ndigits=n)
        keys[f"cut after {n} digits"] = lambda value, n=n: int(value * 10.0**n)
        keys[f"character {n}"] = lambda value, n=n: str(value)[n : n + 1]
    fields = draw(asked(exercise.words.calls[0]))[0]
    params = [("param1",), ("param2",), ("param1", "param2"), ("metric1", "param1", "param2")]
    return (
        {f"leaves out: {name}": partial(left_out, drop) for name, drop in drops.items()}
        | {f"{name}, {n}": partial(compared, keys[name], n) for name in keys for n in (1, -1)}
        | {
            f"{number} in order of {field}: {names}": partial(taken, field, number, names)
            for field, names in product(fields, params)
            for number in (range(-5, 5) if field in ("place", "name", "metric1") else (0, -1))
        }
    )


def test_no_wrong_rule_passes_unless_it_is_nearly_always_right() -> None:
    in_the_check, by_chance = list(draw_in_the_check()), draw_by_chance()
    passing = {
        name: rule
        for name, rule in rules().items()
        if all(is_right(rule, trials) for trials in in_the_check)
    }
    assert passing  # the mistake of some is never seen: they are as good as right
    rates = {n: fmean(is_right(r, trials) for trials in by_chance) for n, r in passing.items()}
    assert {name: rate for name, rate in rates.items() if rate < 0.95} == {}
