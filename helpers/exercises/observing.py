"""Call a student's function in an experiment, and read back what it left on the server.

Where the runs go and are read from is a `Place`: a scratch experiment on the tracking server here,
a store of its own in grading. What was observed never changes; each reading makes it anew.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mlflow.entities import Run

from helpers import server
from helpers.exercises.calling import Call, Callee, Described, Here, Outcome
from helpers.exercises.models import Models
from helpers.exercises.requirement import code
from helpers.lost_server import ServerUnreachable
from helpers.tree import PARENT_TAG


class Place(Protocol):
    """An experiment of the check's own, and a way to read it."""

    @property
    def uri(self) -> str:
        """The address of its store."""

    @property
    def experiment_id(self) -> str:
        """The experiment's id."""

    def runs(self) -> list[Run]:
        """Return all its runs, deleted ones as well, oldest first."""

    def name_of(self, experiment_id: str) -> str:
        """Say in Markdown which experiment that is."""

    def experiment_of(self, run_id: str) -> tuple[str, str]:
        """Return a run's name and the id of its experiment; empty if there is no such run."""

    def models(self, name: str) -> Models:
        """Return the experiment's models, and what is registered under a name."""

    def remove_models(self, name: str) -> None:
        """Remove what is registered under a name, if anything is."""


@dataclass(frozen=True)
class Observed:
    """One call, what came of it, and the runs that it made, as they were when last read."""

    call: Call
    outcome: Outcome
    also: Any = None  # what else was read after it
    was_read: bool = False
    runs: tuple[Run, ...] = ()  # those that it made, oldest first
    all_runs: tuple[Run, ...] = ()  # those of all calls
    strayed: str = ""  # where it logged instead

    @property
    def sets_dates(self) -> bool:
        """Whether it gave a run another start time than the time at which it made it."""
        now = time.time() * 1000
        return not all(self.outcome.started <= run.info.start_time <= now for run in self.runs)


@dataclass(frozen=True)
class Seen:
    """One call of a student's function among all that were made; `str` of it is the call."""

    name: str  # of the function
    described: Described
    observed: tuple[Observed, ...]  # all calls, those of the course's own functions as well
    number: int  # of this one

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.seen.call.kwargs.items()]
        text = f"{self.name}({', '.join([*map(repr, self.seen.call.args), *named])})"
        return re.sub(r"\b([0-9a-f]{6})[0-9a-f]{26}\b", r"\1…", text)  # nobody reads a whole run id

    @property
    def seen(self) -> Observed:
        """This call."""
        return self.observed[self.number]

    @property
    def parents(self) -> list[Run]:
        """The runs of this call that have no parent."""
        return [run for run in self.seen.runs if PARENT_TAG not in run.data.tags]

    @property
    def children(self) -> list[Run]:
        """The direct children of the parent run, whichever call made them, oldest first."""
        return self.under(self.parents[0].info.run_id)

    def under(self, parent: str) -> list[Run]:
        """Return the direct children of a run, oldest first."""
        return [run for run in self.seen.all_runs if run.data.tags.get(PARENT_TAG) == parent]


@dataclass
class Calls:
    """The calls of one check."""

    callee: Callee
    place: Place
    described: Described
    made: list[Observed] = field(default_factory=list)  # those made so far
    also: Callable[[], Any] = lambda: None  # reads what is no run, after each call

    def make(self, call: Call) -> None:
        """Make another call, and read what it left.

        Args:
            call: with what to call the student's function.

        Raises:
            ServerUnreachable: the tracking server went away.
            KeyboardInterrupt: the user stopped it.
        """
        outcome = self.callee.call(call, self.place.experiment_id)
        if outcome.error and isinstance(self.callee, Here):
            _insist_on_server(self.place.uri)
        self.made.append(Observed(call, outcome, self.also()))
        here = (self.place.uri, self.place.experiment_id)
        strange = outcome.error or (outcome.tracking_uri, outcome.experiment_id) != here
        if strange or not call.read_with_next:
            self._read()

    def _read(self) -> None:
        """Read all runs; one that was not there before is of the call in whose time it started."""
        runs = self.place.runs()
        maker = {run.info.run_id: n for n, one in enumerate(self.made) for run in one.runs}
        unread = [n for n, one in enumerate(self.made) if not one.was_read]
        starts = [self.made[n].outcome.started for n in unread]
        for run in runs:
            index = max(0, bisect_right(starts, run.info.start_time) - 1)
            maker.setdefault(run.info.run_id, unread[index])
        last = len(self.made) - 1  # the others' runs may have been deleted by it, and had arrived
        there = tuple(run for run in runs if run.info.lifecycle_stage == "active")
        for n, one in enumerate(self.made):
            own = tuple(run for run in there if maker[run.info.run_id] == n)
            arrived = bool(own) or (n < last and n in maker.values())
            strayed = one.strayed if one.was_read else self._strayed(one.outcome, arrived)
            self.made[n] = replace(one, was_read=True, runs=own, all_runs=there, strayed=strayed)

    def _strayed(self, outcome: Outcome, arrived: bool) -> str:
        """Say where a call logged instead, or what it changed; empty if it did neither."""
        place = self.place
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
        asked = Call((outcome.started,), instead="helpers.exercises.prepared:last_run")
        last = self.callee.call(asked, place.experiment_id).value
        name, experiment_id = place.experiment_of(str(last))
        if experiment_id not in ("", place.experiment_id):
            return f"the run {code(name)} went to the experiment {place.name_of(experiment_id)}"
        return "no run arrived there"


def _insist_on_server(uri: str) -> None:
    if not server.server_status(uri):
        raise ServerUnreachable(
            "The tracking server went away during the check. Start it again, and check again."
        )
