"""No wrong rule for choosing the best child passes by luck: many rules, ways to log and seeds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from operator import attrgetter

import mlflow
import pytest

from helpers import Experiment, simulate_trial
from helpers.challenge import check
from helpers.exercises import luck
from helpers.exercises.best_child_calls import PLAN
from helpers.exercises.family import DEFAULTS
from helpers.exercises.wrong_rules import (
    Choose,
    Trial,
    Trials,
    best_of,
    in_group,
    lowest,
    until,
    within,
    without,
)
from tests.answers.parts import ABC, DEF, ident, log_best, log_children, log_values, start_parent

VALUES = attrgetter("metric1", "param1", "param2")


def selections() -> Iterator[tuple[str, Choose]]:
    """Ways to look at some of the children only."""
    for n in range(1, 11):
        yield f"first {n}", within(slice(n))
        yield f"last {n}", within(slice(-n, None))
    for i in (0, 1, 2, 3, -1, -2, -3):
        yield f"without {i}", without(i)
    for step in (2, 3, 4):
        for start in range(step):
            yield f"every {step} from {start}", within(slice(start, None, step))
    yield "first half", lambda trials: best_of(trials[: (len(trials) + 1) // 2])
    yield "second half", lambda trials: best_of(trials[len(trials) // 2 :])
    yield "not the ends", lambda trials: best_of(trials[1:-1] or trials)
    yield "the middle one", lambda trials: trials[len(trials) // 2]


def keys() -> Iterator[tuple[str, Choose]]:
    """What else than metric1 the children could be compared by."""
    names = ("metric1", "metric2", "param1", "param2")
    for first, second in product(names[1:], names):
        yield f"{first}, {second}", lowest(attrgetter(first, second))
        yield f"{first} falling", lambda t, k=attrgetter(first, second): max(t, key=k)
    for weight in (3, 1, 0.3, 0.1, 0.03, 1e-3, 1e-6, -1e-6, -1e-3, -0.1, -1):
        yield f"plus {weight} metric2", lowest(lambda t, w=weight: t.metric1 + w * t.metric2)
    for digits in range(7):
        yield f"rounded {digits}", lowest(lambda t, d=digits: round(t.metric1, d))
        yield f"percent {digits}", lowest(lambda t, d=digits: int(t.metric1 * 10**d))
    for limit in (0.05, 0.1, 0.2, 0.33, 0.5, 0.65, 0.9):
        yield f"first below {limit}", lowest(lambda t, x=limit: t.metric1 >= x)
        yield f"near {limit}", lowest(lambda t, x=limit: abs(t.metric1 - x))
    yield "as text", lowest(lambda t: str(t.metric1))
    yield "highest", lowest(lambda t: -t.metric1)


def patient(trials: Trials, patience: int) -> Trial:
    best, waited = trials[0], 0
    for trial in trials[1:]:
        waited = 0 if trial.metric1 < best.metric1 else waited + 1
        best = best_of([best, trial])
        if waited == patience:
            break
    return best


def others() -> Iterator[tuple[str, Choose]]:
    """Groups and their means, stopping early, the median and the like."""
    for by in ("param1", "param2"):
        for name, score in {
            "mean": lambda g: sum(t.metric1 for t in g) / len(g),
            "highest mean": lambda g: -sum(t.metric1 for t in g) / len(g),
            "many": lambda g: -len(g),
            "few": len,
            "mean of metric2": lambda g: sum(t.metric2 for t in g) / len(g),
        }.items():
            yield f"{by} by {name}", in_group(attrgetter(by), score)
    for patience in range(1, 5):
        yield f"patience {patience}", partial(patient, patience=patience)
    for gain in (0.1, 0.01, 1e-4):
        yield f"gain {gain}", until(lambda t, best, g=gain: t.metric1 > best.metric1 - g)
    for rank in (1, 2):
        yield f"rank {rank}", lambda t, r=rank: sorted(t, key=attrgetter("metric1"))[: r + 1][-1]


WRONG = dict([*selections(), *keys(), *others()])


def drawn(seed: int) -> list[list[Trial]]:
    """The trials of all calls to a function that draws its parameters like the starter."""
    draws, calls = random.Random(seed), []

    def call(values: Sequence[tuple[float, float]], first: str, second: str) -> None:
        calls.append(
            [Trial(m1, draws.choice(first), draws.choice(second), m2) for m1, m2 in values]
        )

    for number, (given, place, low) in enumerate(PLAN):
        asked = DEFAULTS | given
        values = luck.script(asked["num_child_runs"], place, low, number)
        call(values, asked["param1_choices"], asked["param2_choices"])
    while (sizes := [r.size for r in luck.lucky_rules(calls) if r.size]) and len(calls) < 30:
        size = max(sizes)
        place = (0, size - 1, size // 2)[len(calls) % 3]
        call(luck.script(size, place, 0.5, len(calls)), "gh", "ij")
    return calls


@pytest.mark.parametrize("seed", range(50))
def test_the_calls_tell_every_wrong_rule_apart(seed: int) -> None:
    calls = drawn(seed)
    for name, choose in WRONG.items():
        assert any(VALUES(choose(trials)) != VALUES(best_of(trials)) for trials in calls), name


Result = tuple[Sequence[Trial], Trial]


def by_batches(choose: Choose) -> Callable[..., object]:
    """Log children in three requests, and the values of the chosen one on the parent."""

    def log_child(run_name, test_no, param1_choices, param2_choices, tag_ident):
        params = {"param1": random.choice(param1_choices), "param2": random.choice(param2_choices)}
        metric1, metric2 = simulate_trial(*params.values())
        log_values(run_name, params, {"metric1": metric1, "metric2": metric2}, tag_ident)
        return Trial(metric1, *params.values(), metric2)

    def execute_tuning(test_no, first=ABC, second=DEF, test_identifier="", num_child_runs=5):
        with start_parent(test_no, test_identifier):
            trials = log_children(
                test_no, first, second, test_identifier, num_child_runs, log_child
            )
            log_best(*VALUES(choose(trials)))

    return execute_tuning


def by_single_calls(choose: Choose) -> Callable[..., object]:
    """Log each value in a call of its own."""

    def log_run(run_name, first, second, tag):
        with mlflow.start_run(run_name=run_name, nested=True):
            param1, param2 = random.choice(first), random.choice(second)
            metric1, metric2 = simulate_trial(param1, param2)
            mlflow.log_param("param1", param1)
            mlflow.log_param("param2", param2)
            mlflow.log_metric("metric1", metric1)
            mlflow.log_metric("metric2", metric2)
            mlflow.set_tag("test_identifier", tag)
        return Trial(metric1, param1, param2, metric2)

    def execute_tuning(test_no, first=ABC, second=DEF, test_identifier="", num_child_runs=5):
        with start_parent(test_no, test_identifier):
            tag = ident(test_identifier)
            trials = [log_run(f"run_{i}", first, second, tag) for i in range(num_child_runs)]
            chosen = choose(trials)
            mlflow.log_metric("best_metric1", chosen.metric1)
            mlflow.log_param("best_param1", chosen.param1)
            mlflow.log_param("best_param2", chosen.param2)

    return execute_tuning


def by_reading_back(choose: Choose) -> Callable[..., object]:
    """Read the children from the server after they have ended, and log to the parent then."""

    def execute_tuning(test_no, first=ABC, second=DEF, test_identifier="", num_child_runs=5):
        with start_parent(test_no, test_identifier) as parent:
            log_children(test_no, first, second, test_identifier, num_child_runs)
            runs = mlflow.search_runs(
                filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
                order_by=["attributes.start_time"],
                output_format="list",
            )
            log_best(*VALUES(choose(luck.trials_of(runs))))

    return execute_tuning


WAYS = (by_batches, by_single_calls, by_reading_back)


@pytest.mark.parametrize("way", WAYS)
def test_the_right_rule_passes_however_it_is_logged(
    way: Callable[[Choose], object], experiment: Experiment
) -> None:
    report = check(way(best_of))
    assert report.passed, report


# Each rule through the check itself, the ways to log in turn.
@pytest.mark.parametrize(("name", "way"), [*zip(WRONG, [*WAYS] * len(WRONG), strict=False)])
def test_a_wrong_rule_does_not_pass(
    name: str, way: Callable[[Choose], object], experiment: Experiment
) -> None:
    report = check(way(WRONG[name]))
    assert report.state == "wrong", report
    assert report.first_unmet
    assert report.first_unmet.requirement.key in {"best_metric", "best_params"}
