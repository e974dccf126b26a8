"""What an exercise on a function that only reads needs: runs to be read, and calls among them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from mlflow.entities import Run

from helpers.exercises.calling import Call
from helpers.exercises.observing import Calls, Seen
from helpers.exercises.prepared import Child, family
from helpers.exercises.requirement import Finding, code, names, requirement


def asks_for(
    searches: Mapping[str, Sequence[tuple[str, str, float]]], asked: Sequence[tuple[Any, ...]]
) -> Callable[[Calls], Generator[Call]]:
    """Return what logs searches first, and then says with what to call the function.

    Args:
        searches: param1, param2 and metric1 of the child runs, by test identifier.
        asked: the arguments of each call.
    """

    def asks(calls: Calls) -> Generator[Call]:
        for ident, values in searches.items():
            tags = {"test_identifier": ident}
            children = [
                Child(f"run_{n}_test_0", {"param1": a, "param2": b}, {"metric1": c}, tags, n + 1)
                for n, (a, b, c) in enumerate(values)
            ]
            name = f"parent_run_test_{ident}_0"
            yield family(calls.place.experiment_id, name, children, tags)
        for arguments in asked:
            yield Call(arguments)

    return asks


class Reading(Seen):
    """One call of a student's function; its first argument is a test identifier."""

    def carries(self, run: Run) -> bool:
        """Tell whether a run has the tag that was asked for."""
        return bool(run.data.tags.get("test_identifier") == self.seen.call.args[0])


@requirement("runs_to_its_end")
def changes_nothing(reading: Reading) -> Finding | None:
    """it only reads: no new run, the same server, the same experiment

    `start_run`, `set_experiment`, `set_tracking_uri` and `connect` inside your function

    Whoever looks for runs wants to find everything as it was.

    Search the active experiment: `mlflow.search_runs` does that by itself.

    Take out what starts a run or chooses an experiment or a server.
    """
    outcome, before = reading.seen.outcome, reading.observed[0].outcome
    if reading.seen.runs:
        return Finding("no new run", names(reading.seen.runs), reading.seen.runs[0])
    if outcome.tracking_uri != before.tracking_uri:
        return Finding("the same server", f"MLflow now points to {code(outcome.tracking_uri)}")
    if outcome.experiment_id != before.experiment_id:
        return Finding("the same active experiment", "another one is active now")
    return None
