"""What one call of a student's function left in the store."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from mlflow.entities import Run

from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Call, Outcome
from exercises.engine.text import code, names
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
    before: Snapshot
    after: Snapshot

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.call.kwargs.items()]
        text = f"{self.function}({', '.join([*map(repr, self.call.args), *named])})"
        return re.sub(r"\b([0-9a-f]{6})[0-9a-f]{26}\b", r"\1…", text)  # nobody reads a whole run id

    @property
    def value(self) -> Any:
        """What the call returned."""
        return self.outcome.value

    @property
    def there(self) -> list[Run]:
        """The runs in the experiment that were there before the call, oldest first."""
        return self._here(self.before.runs.values())

    @property
    def made(self) -> list[Run]:
        """The runs that were not there before the call, in both experiments; deleted ones too."""
        return [run for run_id, run in self.after.runs.items() if run_id not in self.before.runs]

    @property
    def new(self) -> list[Run]:
        """The runs in the experiment that were not there before the call, oldest first."""
        return self._here(self.made)

    def _here(self, runs: Iterable[Run]) -> list[Run]:
        there = [run for run in runs if run.info.experiment_id == self.backend.experiments[0]]
        return [run for run in there if run.info.lifecycle_stage == "active"]

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

    def changes(self, allowed: Collection[tuple[str, str]] = ()) -> list[Change]:
        """Return what the call changed of what was there before it.

        Args:
            allowed: what is part of the task: a run's id, and what of it may change.
        """
        old, now = _facts(self.before), _facts(self.after)
        return [
            Change(self.before.runs.get(key[0]), key[1], old.get(key), now.get(key))
            for key in old | now
            if key not in allowed
            and (key in old or key[0] in self.before.runs)
            and repr(old.get(key)) != repr(now.get(key))  # NaN is not equal to itself
        ]


def came_back(outcome: Outcome) -> str:
    """Say in Markdown what a call returned, when it should have been something else.

    Args:
        outcome: the call's.

    >>> came_back(Outcome(returned="str", value="morning"))
    'a value of type `str`: `morning`'
    >>> came_back(Outcome())
    '`None`'
    """
    if outcome.returned == "NoneType":
        return code(None)
    value = f": {code(outcome.value)}" if outcome.value is not None else ""
    return f"a value of type {code(outcome.returned)}{value}"


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
