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
    """Something that was there before a call, and is not as it was; `str` of it is Markdown."""

    run: Run | None  # as it was, if it is a run
    field: str  # of a run: "status", "tags.mlflow.parentRunId", …
    old: object
    now: object

    def __str__(self) -> str:
        was, now = ("nothing" if one is None else code(one) for one in (self.old, self.now))
        if not self.run:
            return f"{self.field} was {was} and is {now} now"
        name = code(self.run.info.run_name)
        if self.field == "lifecycle_stage":
            return f"{name} is {self.now} now"
        return f"`{self.field}` of {name} was {was} and is {now} now"


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
    def made(self) -> list[Run]:
        """The runs that were not there before the call, in both experiments; deleted ones too."""
        return [run for run_id, run in self.after.runs.items() if run_id not in self.before.runs]

    @property
    def new(self) -> list[Run]:
        """The runs in the experiment that were not there before the call, oldest first."""
        here = [run for run in self.made if run.info.experiment_id == self.backend.experiments[0]]
        return [run for run in here if run.info.lifecycle_stage == "active"]

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
        beside = names(r for r in self.made if r.info.experiment_id == self.backend.experiments[1])
        return self.outcome.strayed or (beside and f"{beside} went to another experiment")

    @property
    def ends_the_check(self) -> bool:
        """Whether no further call can be made: this one deleted one of the two experiments."""
        return "deleted" in self.after.others.values()

    @property
    def changes(self) -> list[Change]:
        """What the call changed of what was there before it, and is not part of the task."""
        old, now = _facts(self.before), _facts(self.after)
        found = [
            Change(self.before.runs.get(key[0]), key[1], old.get(key), now.get(key))
            for key in old | now
            if (key in old or key[0] in self.before.runs)
            and repr(old.get(key)) != repr(now.get(key))  # NaN is not equal to itself
        ]
        return [change for change in found if not self.may_change(self, change)]


def _facts(snapshot: Snapshot) -> dict[tuple[str, str], object]:
    """Return what no call may change, by run id (none if it is no run) and by what it is."""
    facts = {("", what): value for what, value in snapshot.others.items()}
    for run_id, run in snapshot.runs.items():
        for name in ("lifecycle_stage", "run_name", "status"):
            facts[run_id, name] = getattr(run.info, name)
        for kind in ("params", "metrics", "tags"):
            for name, value in getattr(run.data, kind).items():
                facts[run_id, f"{kind}.{name}"] = value
    return facts
