"""The calls of the check: many small ones, in which the best child is never twice the same way."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exercises.engine import Call, Described, Logged, Step, World

# The parameters that execute_tuning must accept, and their values where none are given.
DEFAULTS: dict[str, Any] = {
    "test_no": 0,
    "param1_choices": ("a", "b", "c"),
    "param2_choices": ("d", "e", "f"),
    "test_identifier": "",
    "num_child_runs": 5,
}


@dataclass(frozen=True)
class Planned:
    """One call: what is given, and how the best of its trials stands among the others."""

    given: list[Any]  # by position, as the lesson does
    place: int  # of the best trial, counted from 0
    metric1: float  # of the best trial
    apart: float  # how much higher the next metric1 is
    metric2: float  # of the best trial; those of the others are spread over 0 to 11
    seed: int
    number: int = 0  # num_child_runs, by name; 0: it is not given

    def call(self, *, with_number: bool = True) -> Call:
        """Return the call; without num_child_runs, for a function that does not accept it."""
        named = {"num_child_runs": self.number} if self.number and with_number else {}
        number = named.get("num_child_runs", DEFAULTS["num_child_runs"])
        return Call(tuple(self.given), named, self.seed, tuple(self.trials(number)))

    def trials(self, number: int) -> list[tuple[float, float]]:
        """Return metric1 and metric2 of each trial."""
        draws, spread = random.Random(self.seed), max(1, abs(self.metric1))
        found = [
            (
                self.metric1 + draws.uniform(0.05, 1) * spread,
                11 * (n + draws.random()) / (number - 1),
            )
            for n in range(number - 1)
        ]
        draws.shuffle(found)
        if found:
            found[0] = (self.metric1 + self.apart, found[0][1])
        draws.shuffle(found)
        found.insert(self.place, (self.metric1, self.metric2))
        return found


_TOLD = tomllib.loads(Path(__file__).with_name("plan.toml").read_text(encoding="utf-8"))
PLAN = [Planned(**call) for call in _TOLD["call"]]


def asked(call: Call) -> dict[str, Any]:
    """Return the five values of a call, also those that were left to the defaults."""
    return DEFAULTS | dict(zip(DEFAULTS, call.args, strict=False)) | dict(call.kwargs)


def world() -> list[Logged]:
    """Return a run with a better result, of a machine whose clock is a month ahead."""
    ahead = int(time.time() * 1000) + 30 * 24 * 3_600_000
    params, tags = {"param1": "x", "param2": "v"}, {"test_identifier": "default"}
    metrics = {"metric1": -1234.567890123456, "metric2": 3.0}
    return [Logged("ahead", "run_0_test_0", params, metrics, tags, started=ahead)]


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield the calls of the plan; a function that lacks num_child_runs is called without it."""
    for planned in PLAN:
        call, without = planned.call(), planned.call(with_number=False)
        fits = described.takes(call) or not described.takes(without)
        yield Step(call if fits else without)
