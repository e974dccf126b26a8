"""With what the exercise of lesson 01 calls `log_and_find`, and what it sees of a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlflow.entities import Run

from helpers.exercises.any_call import Seen
from helpers.exercises.calling import Described
from helpers.exercises.observing import Observed

NAME = "log_and_find"
# Name, param1, metric1. The best of a name is neither always the newest nor the oldest nor the best
# of all, and the lowest number is not the first in the order of the alphabet.
CALLS = [
    ("evening", "c", 10.25),
    ("morning", "a", 0.5),
    ("morning", "b", 0.3141592653),
    ("evening", "b", 9.5),
    ("morning", "c", 0.75),
]


@dataclass(frozen=True)
class Logged(Seen):
    """One call, with all runs that are there once it has returned."""

    so_far: tuple[Run, ...] = ()

    @property
    def named(self) -> list[Run]:
        """The runs of the name that was asked for."""
        return [run for run in self.so_far if run.info.run_name == self.seen.call.args[0]]

    @property
    def best(self) -> Run:
        """The one of them with the lowest metric1."""
        return min(self.named, key=lambda run: run.data.metrics["metric1"])


def logged(observed: Sequence[Observed], described: Described) -> list[Logged]:
    """Return what was observed of the calls, each with the runs of those before it."""
    so_far: tuple[Run, ...] = ()
    seen = []
    for one in observed:
        so_far += one.runs
        seen.append(Logged(one, NAME, described, so_far))
    return seen
