"""The calls of the best-child challenge tell a right choice from a wrong one, whatever the rule.

No server is needed for that: the trials of each call are drawn here as the lesson's functions draw
them. A thousand rules are composed at random: some children are left out, the rest compared by
something, and a parameter taken from another child.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Sequence
from operator import itemgetter
from statistics import fmean
from typing import Any

from exercises.best_child import asked, exercise
from exercises.engine.scripted import scripted
from helpers import generate_run_names, simulate_trial

Trial = dict[str, Any]  # what a child run has logged, and how it stands among the others
Trials = Sequence[Trial]
Rule = Callable[[Trials], tuple[float, str, str]]
metric1, result = itemgetter("metric1"), itemgetter("metric1", "param1", "param2")


def draw(given: dict[str, Any]) -> list[Trial]:
    """Draw the trials of one call as the starter's functions do."""
    trials: list[Trial] = []
    for place, name in enumerate(generate_run_names(given["test_no"], given["num_child_runs"])):
        both = random.choice(given["param1_choices"]), random.choice(given["param2_choices"])
        values = (place, name, both, *both, *simulate_trial(*both))
        fields = ("place", "name", "both", "param1", "param2", "metric1", "metric2")
        trials.append(dict(zip(fields, values, strict=True)))
    for trial in trials:
        for param in ("param1", "param2", "both"):
            same = [other for other in trials if other[param] == trial[param]]
            trial[f"mean of its {param}"] = fmean(map(metric1, same))
            trial[f"its {param} before"] = same.index(trial)
            trial[f"its {param} from here on"] = len(same) - same.index(trial)
    return trials


def drawn_in_the_check() -> list[list[Trial]]:
    calls = []
    for call in exercise.words.call:
        random.seed(call.seed)
        with scripted(call.trials):
            calls.append(draw(asked(call)))
    return calls


IN_THE_CHECK = drawn_in_the_check()
FIELDS = list(IN_THE_CHECK[0][0])


def is_right(rule: Rule, trials: Trials) -> bool:
    """Whether a rule finds what has to be logged."""
    lowest = min(map(metric1, trials))
    return rule(trials) in [result(trial) for trial in trials if metric1(trial) == lowest]


def passes(rule: Rule) -> bool:
    """Whether a rule is right in every call of the check."""
    return all(is_right(rule, trials) for trials in IN_THE_CHECK)


def pick(draws: random.Random, field: str) -> Callable[[Trials], Trial]:
    """Return a way to pick one child: the lowest or highest, by name or place also those near."""
    backwards = draws.choice([True, False])
    number = draws.randrange(5) if field in ("place", "name") else 0

    def picked(trials: Trials) -> Trial:
        return sorted(trials, key=itemgetter(field), reverse=backwards)[number % len(trials)]

    return picked


def drop(draws: random.Random) -> Callable[[Trials], Trials]:
    """Return a way to leave children out: all but the first, those before the third by name …"""
    field = draws.choice(FIELDS)
    one = pick(draws, field)
    compare = draws.choice([operator.eq, operator.ne, operator.lt, operator.ge])

    def left(trials: Trials) -> Trials:
        limit = one(trials)[field]
        return [trial for trial in trials if compare(trial[field], limit)] or trials

    return left


def key(draws: random.Random) -> Callable[[Trial], Any]:
    """Return a way to compare children by something else than metric1."""
    weight = draws.choice([-1, 1]) * 10 ** draws.uniform(-3, 0.5)
    digits, limit = draws.randrange(7), draws.choice([0, draws.random()])
    return draws.choice(
        [
            lambda trial: -metric1(trial),
            lambda trial: metric1(trial) + weight * trial["metric2"],
            lambda trial: round(metric1(trial), digits),
            lambda trial: abs(metric1(trial) - limit),
            lambda trial: str(metric1(trial)),
            itemgetter(draws.choice(FIELDS)),
        ]
    )


def compose(seed: int) -> Rule:
    """Compose a rule of one to three mistakes."""
    draws = random.Random(seed)
    mistakes = draws.choices(["drop", "drop", "key", "param1", "param2"], k=draws.randint(1, 3))
    drops = [drop(draws) for _ in range(mistakes.count("drop"))]
    compared, another = (
        key(draws) if "key" in mistakes else metric1,
        pick(draws, draws.choice(FIELDS)),
    )

    def rule(trials: Trials) -> tuple[float, str, str]:
        left = trials
        for some in drops:
            left = some(left)
        best, other = min(left, key=compared), another(trials)
        param1, param2 = (other if one in mistakes else best for one in ("param1", "param2"))
        return best["metric1"], param1["param1"], param2["param2"]

    return rule


def test_none_of_a_thousand_rules_passes_unless_it_is_nearly_always_right() -> None:
    """Nearly always: in 95 % of tunings with the calls' arguments, whose trials are no script's."""
    random.seed(1)
    by_chance = [draw(asked(call)) for _ in range(40) for call in exercise.words.call]
    for seed in range(1000):
        rule = compose(seed)
        if passes(rule):
            right = fmean(is_right(rule, trials) for trials in by_chance)
            assert right >= 0.95, f"compose({seed}) is right by itself in {right:.0%}"


def test_the_right_rule_passes() -> None:
    assert passes(lambda trials: result(min(trials, key=metric1)))
