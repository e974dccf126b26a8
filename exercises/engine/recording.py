"""What one call of a student's function left in the store, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Call, Outcome
from exercises.engine.run import Run, code, names


@dataclass(frozen=True)
class Finding:
    """What was expected, and what was found instead (in Markdown), on which run."""

    expected: str
    found: str
    run: Run | None = None
    cause: str = ""  # name of a cause in the exercise's words, if this one mistake is certain


Findings = Iterator[Finding]  # of a requirement: the first one counts, none means that it is met


@dataclass(frozen=True)
class Record:
    """One call of a student's function, and what it left; `str` of it is the call."""

    function: str  # its name
    call: Call
    outcome: Outcome
    backend: Backend
    before: Snapshot
    after: Snapshot

    @staticmethod
    def read(backend: Backend) -> Snapshot:
        """Read what is there; an exercise may read more of the store than the runs."""
        return backend.snapshot()

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.call.kwargs.items()]
        text = f"{self.function}({', '.join([*map(repr, self.args), *named])})"
        return re.sub(r"\b([0-9a-f]{6})[0-9a-f]{26}\b", r"\1…", text)  # nobody reads a whole run id

    @property
    def args(self) -> list[Any]:
        """What the function was called with."""
        return self.call.args

    @property
    def value(self) -> Any:
        """What the call returned."""
        return self.outcome.value

    @property
    def came_back(self) -> str:
        """What the call returned, in Markdown, when it should have been something else."""
        if self.outcome.returned == "NoneType":
            return code(None)
        value = "" if self.value is None else f": {code(self.value)}"
        return f"a value of type {code(self.outcome.returned)}{value}"

    @property
    def there(self) -> list[Run]:
        """The runs in the experiment that were there before the call, oldest first."""
        return self._here(self.before.runs.values())

    @cached_property
    def made(self) -> list[Run]:
        """The runs that were not there before the call, in both experiments; deleted ones too."""
        return [run for run_id, run in self.after.runs.items() if run_id not in self.before.runs]

    @cached_property
    def new(self) -> list[Run]:
        """The runs in the experiment that were not there before the call, oldest first."""
        return self._here(self.made)

    def _here(self, runs: Iterable[Run]) -> list[Run]:
        here = self.backend.experiments[0]
        return [run for run in runs if run.experiment_id == here and not run.deleted]

    @cached_property
    def parents(self) -> list[Run]:
        """The new runs that have no parent."""
        return [run for run in self.new if not run.parent_id]

    @property
    def parent(self) -> Run:
        """The first of the new runs that have no parent."""
        return self.parents[0]

    @cached_property
    def children(self) -> list[Run]:
        """The direct children of that parent, oldest first."""
        return self.after.children(self.parent.run_id)

    @property
    def strayed(self) -> str:
        """Where the call logged instead, in Markdown; empty if its runs are where they belong."""
        beside = names(run for run in self.made if run.experiment_id == self.backend.experiments[1])
        return self.outcome.strayed or (beside and f"{beside} went to another experiment")

    def changes(self, allowed: Collection[tuple[str, str]] = ()) -> Findings:
        """Yield what the call changed of what was there before it.

        Args:
            allowed: what is part of the task: a run's id, and what of it may change.
        """
        old, now = self.before.facts, self.after.facts
        for key in old | now:
            run, was, new = self.before.runs.get(key[0]), old.get(key), now.get(key)
            was_there = run or key in old
            if was_there and key not in allowed and repr(was) != repr(new):  # NaN is not itself
                found = _change(run, key[1], was, new)
                if run and key[1] == "status" and run.run_id in self.outcome.left_open:
                    found = f"{run.title} was still open when the call returned"
                yield Finding("everything else as it was", found, run)


def _change(run: Run | None, what: str, was: object, new: object) -> str:
    """Say in Markdown what is not as it was."""
    if run and what == "lifecycle_stage":
        return f"{run.title} is {new} now"
    if run and what == "end_time":
        return f"{run.title} was there before: it was opened again, or ended anew"
    subject = f"`{what}` of {run.title}" if run else what
    then, now = ("nothing" if one is None else code(one) for one in (was, new))
    return f"{subject} was {then} and is {now} now"
