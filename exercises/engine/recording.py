"""What one call of a student's function left in the store, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from exercises.engine.backend import Backend, Snapshot
from exercises.engine.calling import Call, Outcome
from exercises.engine.changes import cause_of, change_of
from exercises.engine.facts import START_VALUES, Candidate
from exercises.engine.run import Run, code, names


@dataclass(frozen=True)
class Finding:
    """What was expected, and what was found instead (in Markdown), on which run."""

    expected: str
    found: str
    run: Run | None = None
    cause: str = ""  # name of a cause or fact in the words, if this one mistake is certain
    fact: Candidate | None = None  # what the value is that was found


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
    began: int  # in milliseconds since 1970
    earlier: Sequence[Record]  # the calls before this one, in their order

    @staticmethod
    def read(backend: Backend) -> Snapshot:
        """Read what is there; an exercise may read more of the store than the runs."""
        return backend.snapshot()

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.call.kwargs.items()]
        text = f"{self.function}({', '.join([*map(repr, self.args), *named])})"
        return re.sub(r"\b([0-9a-f]{6})[0-9a-f]{26}\b", r"\1…", text)  # nobody reads a whole run ID

    @property
    def called(self) -> str:
        """The call in Markdown, told apart from an earlier one that looks like it."""
        alike = [
            number for number, one in enumerate(self.earlier, start=1) if str(one) == str(self)
        ]
        if not alike:
            return code(self)
        since = self.earlier[alike[-1] - 1].after.runs
        logged = self.others & (self.before.runs.keys() - since)
        new = ", after new runs were logged" if logged else ""
        return f"{code(self)}, call {len(self.earlier) + 1}: the same as call {alike[-1]}{new}"

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
            return f"{code(None)}: no value came back"
        value = tuple(self.value) if self.outcome.returned == "tuple" else self.value
        shown = self.outcome.holds if value is None else f": {code(value)}"
        return f"a value of type {code(self.outcome.returned)}{shown}"

    @property
    def no_return(self) -> str:
        """The fact that the call returned nothing at all; empty if it returned something."""
        return "no_return" if self.outcome.returned == "NoneType" else ""

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
        beside = [run for run in self.made if run.experiment_id == self.backend.experiments[1]]
        run_ids = {run.run_id for run in self.made}
        gone = beside or [run for run in self._elsewhere if run.parent_id in run_ids]
        return self.outcome.strayed or (f"{names(gone)} went to another experiment" if gone else "")

    @cached_property
    def _elsewhere(self) -> list[Run]:
        """The runs that have begun in further experiments since the call; others' as well."""
        return self.backend.elsewhere(self.began)

    @property
    def others(self) -> set[str]:
        """The ids of the runs that no call of the student's has logged."""
        return set(self.backend.run_ids.values())

    def from_before(self, kind: str, name: str) -> list[Candidate]:
        """Return what the runs that were there before have under a name, as facts on a value.

        Those of an earlier call come first.

        Args:
            kind: `metrics`, `params` or `tags`.
            name: the metric's, parameter's or tag's.
        """
        found = []
        for run_id, run in self.before.runs.items():
            if getattr(run, kind).get(name) not in {None, *START_VALUES}:
                fact, since = ("older", "there before the check")
                if run_id not in self.others:
                    fact, since = "earlier_call", "logged by an earlier call"
                text = f"the `{name}` of {run.title}, a run that was {since}"
                found.append(Candidate(fact, text, getattr(run, kind)[name]))
        return sorted(found, key=lambda one: one.name)

    def returned_before(self) -> list[Candidate]:
        """Return what earlier calls returned, as facts on a value, the last one first."""
        return [
            Candidate("earlier_call", f"what call {number} returned", record.value)
            for number, record in [*enumerate(self.earlier, start=1)][::-1]
        ]

    def changes(self, allowed: Collection[tuple[str, str]] = ()) -> Findings:
        """Yield what the call changed of what was there before it.

        Args:
            allowed: what is part of the task: a run ID, and what of it may change.
        """
        old, now = self.before.facts, self.after.facts
        for key in old | now:
            run, was, new = self.before.runs.get(key[0]), old.get(key), now.get(key)
            was_there = run or key in old
            if was_there and key not in allowed and repr(was) != repr(new):  # NaN is not itself
                found = change_of(run, key[1], was, new)
                if run and key[1] == "status" and run.run_id in self.outcome.left_open:
                    found = f"{run.title} was still open when the call returned"
                cause = cause_of(key[1], was) if run else ""
                yield Finding("everything else as it was", found, run, cause)
