"""Call a student's function in an experiment, and read back what it left on the server.

An observation is built after the last call and never changes. Where the runs go and are read from
is a `Place`: a scratch experiment on the tracking server here, a store of its own in grading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mlflow.entities import Run

from helpers import server
from helpers.exercises.calling import Call, Callee, Here, Outcome
from helpers.exercises.requirement import code
from helpers.lost_server import ServerUnreachable


class Place(Protocol):
    """An experiment of the check's own, and a way to read it."""

    @property
    def uri(self) -> str:
        """The address of its store."""

    @property
    def experiment_id(self) -> str:
        """The experiment's id."""

    def runs(self) -> list[Run]:
        """Return all its runs, oldest first."""

    def name_of(self, experiment_id: str) -> str:
        """Say in Markdown which experiment that is."""

    def experiment_of(self, run_id: str) -> tuple[str, str]:
        """Return a run's name and the id of its experiment; empty if there is no such run."""


@dataclass(frozen=True)
class Observed:
    """One call, what came of it, and the runs that it made, as they were after the last call."""

    call: Call
    outcome: Outcome
    runs: tuple[Run, ...] = ()  # those that it made, oldest first
    all_runs: tuple[Run, ...] = ()  # those of all calls
    strayed: str = ""  # where it logged instead


def observe(
    callee: Callee, place: Place, next_call: Callable[[Sequence[Observed]], Call | None]
) -> tuple[Observed, ...]:
    """Make one call after the other; return what was observed.

    Args:
        callee: the student's function.
        place: where it is to log.
        next_call: says, given what has been observed so far, with what to call it next; None ends.

    Raises:
        ServerUnreachable: the tracking server went away.
        KeyboardInterrupt: the user stopped it.
    """
    made: list[tuple[Call, Outcome, str, frozenset[str]]] = []
    known: frozenset[str] = frozenset()
    observed: tuple[Observed, ...] = ()
    while (call := next_call(observed)) is not None:
        outcome = callee.call(call, place.experiment_id)
        if outcome.error and isinstance(callee, Here):
            _insist_on_server(place.uri)
        runs = place.runs()
        new = frozenset(run.info.run_id for run in runs) - known
        known |= new
        made.append((call, outcome, _strayed(callee, outcome, bool(new), place), new))
        observed = tuple(
            Observed(c, o, tuple(r for r in runs if r.info.run_id in ids), tuple(runs), strayed)
            for c, o, strayed, ids in made
        )
    return observed


def _insist_on_server(uri: str) -> None:
    if not server.server_status(uri):
        raise ServerUnreachable(
            "The tracking server went away during the check. Start it again, and check again."
        )


def _strayed(callee: Callee, outcome: Outcome, arrived: bool, place: Place) -> str:
    """Say where the call logged instead, or what it changed; empty if it did neither."""
    if outcome.tracking_uri != place.uri:
        return f"MLflow's tracking URI is {code(outcome.tracking_uri)} now"
    if outcome.error:
        return ""
    if outcome.experiment_id != place.experiment_id:
        return f"the active experiment is {place.name_of(outcome.experiment_id)} now"
    if arrived:
        return ""
    if outcome.lazy:
        return f"no run; the call returned a {outcome.returned}, and nothing went through it"
    asked = Call((outcome.started,), instead="helpers.exercises.calling:last_run")
    name, experiment_id = place.experiment_of(str(callee.call(asked, place.experiment_id).value))
    if experiment_id not in ("", place.experiment_id):
        return f"the run {code(name)} went to the experiment {place.name_of(experiment_id)}"
    return "no run arrived there"
