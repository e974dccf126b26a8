"""Call a student's function, and record what changed in the experiment meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mlflow.entities import Run

from exercises.engine.calling import Call, Described, Outcome
from exercises.engine.text import code, names
from exercises.engine.world import Logged, World
from helpers.tree import PARENT_TAG


class Callee(Protocol):
    """A student's function, in this process or in another one."""

    def describe(self) -> Described:
        """Say what it is."""

    def call(self, call: Call) -> Outcome:
        """Call it while the check's experiment is active."""

    def look(self, what: str, *args: object) -> Any:
        """Call one of the course's own functions where the student's function runs.

        Args:
            what: "module:function"; it returns plain data (what JSON can hold).
            *args: the function's.
        """


class Backend(Protocol):
    """The store behind a check: a tracking server in a notebook, a file in grading."""

    @property
    def uri(self) -> str:
        """Its address, as the student's function sees it."""

    @property
    def experiments(self) -> tuple[str, str]:
        """The ids of the experiment that is active during the calls, and of the one beside it."""

    @property
    def world(self) -> World:
        """What was logged before the first call."""

    def read(self) -> list[Run]:
        """Return all runs of both experiments, deleted ones as well, oldest first."""

    def experiment_tags(self) -> list[dict[str, str]]:
        """Return the tags of both experiments."""

    def add(self, runs: Sequence[Logged]) -> dict[str, str]:
        """Log further runs as somebody else would; return their run ids by label."""

    def experiment_name(self, experiment_id: str) -> str:
        """Return the name of an experiment; empty if there is none of that id."""

    def registered(self, model_name: str) -> Mapping[str, Any]:
        """Return the models of the experiment and what the registry has under a name."""


@dataclass(frozen=True)
class Change:
    """Something that was there before a call, and is not as it was."""

    run: Run
    what: str  # in Markdown
    field: str  # "status", "tags.mlflow.parentRunId", …


@dataclass(frozen=True)
class Record:
    """One call of a student's function, and what it left; `str` of it is the call."""

    function: str  # its name
    described: Described
    call: Call
    outcome: Outcome
    world: World  # what others had logged before this call
    before: Mapping[str, Run]  # the runs of both experiments, by run id
    after: Mapping[str, Run]
    experiments: tuple[str, str] = ("", "")
    uri: str = ""
    active: str = ""  # name of the experiment that is active after the call, if it is another one
    retagged: str = ""  # what has become of an experiment's tags since the first call, in Markdown
    more_before: Any = None  # what else an exercise has read before the call, and after it
    more: Any = None
    earlier: tuple[Record, ...] = ()  # the calls before this one

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.call.kwargs.items()]
        text = f"{self.function}({', '.join([*map(repr, self.call.args), *named])})"
        return re.sub(r"\b([0-9a-f]{6})[0-9a-f]{26}\b", r"\1…", text)  # nobody reads a whole run id

    @property
    def value(self) -> Any:
        """What the call returned."""
        return self.outcome.value

    @property
    def new(self) -> list[Run]:
        """The runs in the experiment that were not there before the call, oldest first."""
        return [
            run for run in self._made("active") if run.info.experiment_id == self.experiments[0]
        ]

    @property
    def beside(self) -> list[Run]:
        """The runs that this call made in the experiment beside."""
        return [
            run for run in self._made("active") if run.info.experiment_id != self.experiments[0]
        ]

    @property
    def deleted_again(self) -> list[Run]:
        """The runs that this call made and deleted."""
        return self._made("deleted")

    def _made(self, stage: str) -> list[Run]:
        made = [run for run_id, run in self.after.items() if run_id not in self.before]
        return [run for run in made if run.info.lifecycle_stage == stage]

    @property
    def parents(self) -> list[Run]:
        """The new runs that have no parent."""
        return [run for run in self.new if PARENT_TAG not in run.data.tags]

    def under(self, parent: str) -> list[Run]:
        """Return the direct children that a run has after the call, oldest first.

        Args:
            parent: its run id.
        """
        there = [run for run in self.after.values() if run.info.lifecycle_stage == "active"]
        return [run for run in there if run.data.tags.get(PARENT_TAG) == parent]

    @property
    def strayed(self) -> str:
        """Where the call logged instead, in Markdown; empty if its runs are where they belong."""
        outcome = self.outcome
        if outcome.tracking_uri != self.uri:
            return f"MLflow's tracking URI is {code(outcome.tracking_uri)} now"
        if outcome.error:
            return ""
        if outcome.experiment_id != self.experiments[0]:
            name = self.active or f"number {outcome.experiment_id}"
            return f"the active experiment is {code(name)} now"
        if outcome.elsewhere or self.beside:
            name = code(outcome.elsewhere) if outcome.elsewhere else names(self.beside)
            return f"{name} went to another experiment"
        return ""

    @property
    def ends_the_check(self) -> bool:
        """Whether no further call can be made: this one deleted one of the two experiments."""
        return not _active_experiments(self.before) <= _active_experiments(self.after)

    @property
    def changes(self) -> list[Change]:
        """What the call changed of the runs that were there before it."""
        found = []
        for run_id, was in self.before.items():
            if run_id not in self.after:
                found.append(Change(was, f"{code(was.info.run_name)} is gone", "lifecycle_stage"))
                continue
            run, old, now = self.after[run_id], _fields(was), _fields(self.after[run_id])
            found += [
                Change(run, _said(run, key, old.get(key), now.get(key)), key)
                for key in dict.fromkeys([*old, *now])
                if repr(old.get(key)) != repr(now.get(key))  # NaN is not equal to itself
            ]
        return found


def _active_experiments(runs: Mapping[str, Run]) -> set[str]:
    """Return the ids of the experiments that have a run which is not deleted."""
    there = [run.info for run in runs.values() if run.info.lifecycle_stage == "active"]
    return {info.experiment_id for info in there}


def _fields(run: Run) -> dict[str, Any]:
    """Return what no call may change of a run that was there before."""
    info, data = run.info, run.data
    return {
        "lifecycle_stage": info.lifecycle_stage,
        "run_name": info.run_name,
        "status": info.status,
        **{f"params.{key}": value for key, value in data.params.items()},
        **{f"metrics.{key}": value for key, value in data.metrics.items()},
        **{f"tags.{key}": value for key, value in data.tags.items()},
    }


def _said(run: Run, key: str, old: object, now: object) -> str:
    if key == "lifecycle_stage":
        return f"{code(run.info.run_name)} is {now} now"
    was, is_now = ("nothing" if value is None else code(value) for value in (old, now))
    return f"`{key}` of {code(run.info.run_name)} was {was} and is {is_now} now"


def retagged(before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]) -> str:
    """Say in Markdown what has become of the experiments' tags; empty if they are as before.

    Args:
        before: the tags of each experiment.
        after: theirs later.

    >>> retagged([{}, {"a": "1"}], [{}, {"a": "2"}])
    "the experiment's tag `a` was `1` and is `2` now"
    >>> retagged([{"a": "1"}], [{"a": "1"}])
    ''
    """
    for old, now in zip(before, after, strict=True):
        for key in {**old, **now}:
            if old.get(key) != now.get(key):
                was, is_now = (code(one[key]) if key in one else "nothing" for one in (old, now))
                return f"the experiment's tag {code(key)} was {was} and is {is_now} now"
    return ""


def make(
    function: str,
    described: Described,
    callee: Callee,
    backend: Backend,
    call: Call,
    world: World,
    earlier: Sequence[Record],
    before: Mapping[str, Run],
) -> Record:
    """Make a call, and record it.

    Args:
        function: the name of the student's function.
        described: what it is.
        callee: the function.
        backend: the store that it logs to.
        call: how to call it.
        world: what others have logged so far.
        earlier: the calls before this one.
        before: the runs before the call, by run id.

    Raises:
        ServerUnreachable: the tracking server went away.
        KeyboardInterrupt: the user stopped it.
    """
    outcome = callee.call(call)
    after = {run.info.run_id: run for run in backend.read()}
    other = outcome.experiment_id not in ("", backend.experiments[0])
    return Record(
        function=function,
        described=described,
        call=call,
        outcome=outcome,
        world=world,
        before=before,
        after=after,
        experiments=backend.experiments,
        uri=backend.uri,
        active=backend.experiment_name(outcome.experiment_id) if other else "",
        earlier=tuple(earlier),
    )
