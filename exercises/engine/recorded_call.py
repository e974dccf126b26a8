"""Record one call of a student's function: what was there before it, and what it did."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from exercises.engine.call_outcome import Outcome
from exercises.engine.check_store import CheckStore
from exercises.engine.exercise_files import Call
from exercises.engine.snapshot import Run, Snapshot, code, names
from exercises.engine.wrong_values import START_VALUES, Candidate


@dataclass(frozen=True)
class Finding:
    """What a requirement expected, and what is there instead, in Markdown."""

    expected: str
    actual: str
    run: Run | None = None  # the run that it is about
    cause: str = ""  # name of a cause or fact in the words, if this mistake is certain
    fact: Candidate | None = None  # what the actual value is


# What a requirement yields. It is met if it yields nothing; otherwise, the first finding is shown.
Findings = Iterator[Finding]


@dataclass(frozen=True)
class RecordedCall:
    """One call, and the store before and after it; `str` gives the call as Python."""

    function: str  # its name
    call: Call
    outcome: Outcome
    store: CheckStore
    before: Snapshot
    after: Snapshot
    began: int  # in milliseconds since 1970
    earlier: Sequence[RecordedCall]  # the calls before this one

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.call.kwargs.items()]
        text = f"{self.function}({', '.join([*map(repr, self.args), *named])})"
        return re.sub(r"\b([0-9a-f]{6})[0-9a-f]{26}\b", r"\1…", text)  # nobody reads a whole run ID

    @property
    def title(self) -> str:
        """The call in Markdown, with its number if an earlier one looks like it."""
        alike = [n for n, record in enumerate(self.earlier, start=1) if str(record) == str(self)]
        if not alike:
            return code(self)
        since = self.earlier[alike[-1] - 1].after.runs
        added = self.prepared_ids & (self.before.runs.keys() - since)
        new = ", after the check has logged more runs" if added else ""
        number = len(self.earlier) + 1
        return f"{code(self)}, call {number}. It repeats call {alike[-1]}{new}"

    @property
    def args(self) -> list[Any]:
        """The arguments of the call."""
        return self.call.args

    @property
    def value(self) -> Any:
        """The value that the call returned."""
        return self.outcome.value

    @property
    def earlier_values(self) -> list[Any]:
        """The values that earlier calls with the same arguments returned."""
        return [record.value for record in self.earlier if record.args == self.args]

    @property
    def prepared_ids(self) -> set[str]:
        """The IDs of the runs that the check itself has logged."""
        return set(self.store.id_by_label.values())

    @property
    def older_runs(self) -> list[Run]:
        """The runs in the experiment that were there before the call, oldest first."""
        return self._here(self.before.runs.values())

    @cached_property
    def all_new_runs(self) -> list[Run]:
        """The runs that are new since the call, in both experiments; deleted ones as well."""
        return [run for run_id, run in self.after.runs.items() if run_id not in self.before.runs]

    @cached_property
    def new_runs(self) -> list[Run]:
        """The runs in the experiment that are new since the call, oldest first."""
        return self._here(self.all_new_runs)

    def _here(self, runs: Iterable[Run]) -> list[Run]:
        experiment_id = self.store.experiments[0]
        return [run for run in runs if run.experiment_id == experiment_id and not run.deleted]

    @property
    def went_elsewhere(self) -> str:
        """Where the call logged instead, in Markdown; empty if its runs are where they belong."""
        beside = [
            run for run in self.all_new_runs if run.experiment_id == self.store.experiments[1]
        ]
        run_ids = {run.run_id for run in self.all_new_runs}
        runs = beside or [run for run in self.runs_in_other_experiments if run.parent_id in run_ids]
        return self.outcome.strayed or (f"{names(runs)} went to another experiment" if runs else "")

    @cached_property
    def runs_in_other_experiments(self) -> list[Run]:
        """The runs that began in other experiments since the call, also those of other people."""
        return self.store.runs_elsewhere(self.began)

    def from_before(self, kind: str, name: str) -> list[Candidate]:
        """Return values of runs that were there before, those of earlier calls first.

        Args:
            kind: `metrics`, `params` or `tags`.
            name: the metric's, parameter's or tag's.
        """
        candidates = []
        for run_id, run in self.before.runs.items():
            value = getattr(run, kind).get(name)
            if value not in {None, *START_VALUES}:
                fact, since = ("earlier_call", "logged by an earlier call")
                if run_id in self.prepared_ids:
                    fact, since = "older", "there before this call"
                text = f"the `{name}` of {run.title}, a run that was {since}"
                candidates.append(Candidate(fact, text, value))
        return sorted(candidates, key=lambda candidate: candidate.name)

    def describe_open(self, run: Run) -> str:
        """Describe in Markdown a run that the call has not ended."""
        ended = " (the check ended it, as FAILED)" if run.run_id in self.outcome.left_open else ""
        return f"{run.title} was still open when the call returned{ended}"

    def changes(self, allowed: Collection[tuple[str, str]] = ()) -> Findings:
        """Yield what the call changed of what was there before it.

        Args:
            allowed: what the task asks for: a run ID, and what may change of that run.
        """
        before, after = self.before.state, self.after.state
        for key in before | after:
            run, old, new = self.before.runs.get(key[0]), before.get(key), after.get(key)
            existed = run or key in before
            if existed and key not in allowed and repr(old) != repr(new):  # NaN is not itself
                what, cause = key[1], _cause(key[1], old) if run else ""
                text = _change(run, what, old, new)
                if run and what == "status" and run.run_id in self.outcome.left_open:
                    text = self.describe_open(run)
                yield Finding("everything else as it was", text, run, cause)


def _cause(what: str, old: object) -> str:
    """Name what a call has done to a run that was there before, if that is certain."""
    if what == "lifecycle_stage":
        return "deleted_older"
    if what in ("status", "end_time"):
        return "ended_older" if old in (None, "RUNNING") else "reopened"
    return "further_tag" if what.startswith("tags.") and old is None else ""


def _change(run: Run | None, what: str, old: object, new: object) -> str:
    """Describe a change in Markdown."""
    if run and what == "lifecycle_stage":
        return f"{run.title} is {new} now"
    if run and what == "end_time":
        return f"{run.title} was there before the call: it was opened again, or ended anew"
    subject = f"`{what}` of {run.title}" if run else what
    then, now = ("nothing" if value is None else code(value) for value in (old, new))
    return f"{subject} was {then} and is {now} now"
