"""What one call of a student's function left in the store."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mlflow.entities import Run

from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Call, Outcome
from exercises.engine.text import code, names
from exercises.engine.world import World
from helpers.tree import PARENT_TAG


@dataclass(frozen=True)
class Change:
    """Something that was there before a call, and is not as it was."""

    what: str  # in Markdown
    field: str = ""  # of a run: "status", "tags.mlflow.parentRunId", …
    run: Run | None = None


@dataclass(frozen=True)
class Record:
    """One call of a student's function, and what it left; `str` of it is the call."""

    function: str  # its name
    call: Call
    outcome: Outcome
    backend: Backend
    world: World  # what others had logged before this call
    before: Snapshot
    after: Snapshot
    may_change: Callable[[Record, Change], bool]  # tells whether a change is part of the task
    earlier: Sequence[Record]  # the calls before this one

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
        experiment, _ = self.backend.experiments
        return [run for run in self._made("active") if run.info.experiment_id == experiment]

    @property
    def deleted_again(self) -> list[Run]:
        """The runs that this call made and deleted."""
        return self._made("deleted")

    def _made(self, stage: str) -> list[Run]:
        made = [run for run_id, run in self.after.runs.items() if run_id not in self.before.runs]
        return [run for run in made if run.info.lifecycle_stage == stage]

    @property
    def parents(self) -> list[Run]:
        """The new runs that have no parent."""
        return [run for run in self.new if PARENT_TAG not in run.data.tags]

    @property
    def children(self) -> list[Run]:
        """The direct children of the first new run that has no parent, oldest first."""
        return self.after.children(self.parents[0].info.run_id)

    @property
    def strayed(self) -> str:
        """Where the call logged instead, in Markdown; empty if its runs are where they belong."""
        outcome = self.outcome
        if outcome.tracking_uri != self.backend.uri:
            return f"MLflow's tracking URI is {code(outcome.tracking_uri)} now"
        if outcome.error:
            return ""
        if outcome.experiment_id != self.backend.experiments[0]:
            name = self.backend.experiment_name(outcome.experiment_id)
            return f"the active experiment is {code(name or outcome.experiment_id)} now"
        beside = names(run for run in self._made("active") if run not in self.new)
        name = code(outcome.elsewhere) if outcome.elsewhere else beside
        return f"{name} went to another experiment" if name else ""

    @property
    def ends_the_check(self) -> bool:
        """Whether no further call can be made: this one deleted one of the two experiments."""
        return "deleted" in self.after.others.values()

    @property
    def changes(self) -> list[Change]:
        """What the call changed of what was there before it, and is not part of the task."""
        found = [
            Change(f"{what} {_was(was, self.after.others.get(what))}")
            for what, was in self.before.others.items()
            if self.after.others.get(what) != was
        ]
        for run_id, was in self.before.runs.items():
            run = self.after.runs.get(run_id)
            old, now = _fields(was), _fields(run) if run else {"lifecycle_stage": "gone"}
            found += [
                Change(_said(was, key, old.get(key), now.get(key)), key, run)
                for key in dict.fromkeys([*old, *now] if run else now)
                if repr(old.get(key)) != repr(now.get(key))  # NaN is not equal to itself
            ]
        return [change for change in found if not self.may_change(self, change)]


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
    name = code(run.info.run_name)
    return (
        f"{name} is {now} now"
        if key == "lifecycle_stage"
        else f"`{key}` of {name} {_was(old, now)}"
    )


def _was(old: object, now: object) -> str:
    was, is_now = ("nothing" if value is None else code(value) for value in (old, now))
    return f"was {was} and is {is_now} now"
