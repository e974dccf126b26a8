"""With what the exercise of lesson 02 calls `adopt`, and what it sees of a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mlflow
from mlflow.entities import Run

from helpers.exercises.any_call import Seen
from helpers.exercises.calling import Call, Described
from helpers.exercises.observing import Observed

NAME = "adopt"
PREPARE = Call(instead="helpers.exercises.adopt_calls:prepare", args=(8,))
# Which of the prepared runs, and the parent's name: neither all, nor neighbours, nor in order.
CALLS: list[tuple[list[int], str]] = [
    ([5, 0, 3], "parent_run_test_default_0"),
    ([1, 6], "after the fact"),
    ([2], "an only child"),
]


def prepare(number: int) -> list[str]:
    """Log flat runs for the check and return their run ids.

    Args:
        number: how many.
    """
    run_ids = []
    for i in range(number):
        with mlflow.start_run(run_name=f"run_{i}_test_0") as run:
            mlflow.log_metric("metric1", i / 10)
        run_ids.append(run.info.run_id)
    return run_ids


@dataclass(frozen=True)
class Adoption(Seen):
    """One call, with the runs that were there before it."""

    flat: tuple[Run, ...] = ()  # those that were prepared and are there, as they are now
    given: frozenset[str] = frozenset()  # run ids of those that any call was given

    @property
    def parent(self) -> Run:
        """The run that the call made."""
        return self.seen.runs[0]

    @property
    def asked(self) -> list[Run]:
        """The runs that were to get this parent."""
        return [run for run in self.flat if run.info.run_id in self.seen.call.args[0]]


def adoptions(observed: Sequence[Observed], described: Described) -> list[Adoption]:
    """Return what was observed of the calls, the first of which has prepared the runs."""
    flat = observed[0].runs if observed else ()
    adopted = frozenset(run_id for one in observed[1:] for run_id in one.call.args[0])
    return [Adoption(one, NAME, described, flat, adopted) for one in observed[1:]]
