"""Compare the parent run that a call logged, and its child runs, with what exercises require."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from exercises.engine.recorded_call import Finding, Findings
from exercises.engine.requirements import Requirements
from exercises.engine.snapshot import Run, code, names
from exercises.engine.wrong_values import Candidate, recognize


class FamilyRequirements(Requirements):
    """Requirements of a call that logs one parent run with its child runs."""

    @cached_property
    def parents(self) -> list[Run]:
        """The new runs that have no parent."""
        return [run for run in self.new_runs if not run.parent_id]

    @property
    def parent(self) -> Run:
        """The first of the new runs that have no parent."""
        return self.parents[0]

    @cached_property
    def children(self) -> list[Run]:
        """The direct children of that parent, oldest first."""
        return self.after.children(self.parent.run_id)

    def one_parent(self, name: str = "") -> Findings:
        """Require one new run without a parent.

        Args:
            name: the run's, if the task gives one.
        """
        expected = f"one new run without a parent{f', with the name {code(name)}' if name else ''}"
        deleted = [run for run in self.all_new_runs if run.deleted and not run.parent_id]
        if not self.parents and deleted:
            actual = f"{names(deleted)}, which the call deleted again"
            yield Finding(expected, actual, deleted[0], "deleted_again")
        if not self.parents:
            first, actual = (
                self.new_runs[0],
                f"none; each of its runs has a parent: {names(self.new_runs)}",
            )
            older = self.before.runs.get(first.parent_id)
            if older:
                actual += f"; that of {first.title} is {older.title}"
                actual += ", which was there before the call"
            yield Finding(expected, actual, first, "older_parent" if older else "no_parent")
        if self.parents[1:]:
            yield self._several_parents(expected)
        if name not in ("", self.parent.run_name):
            fact = recognize(self.parent.run_name, name)
            actual = f"one with the name {self.parent.title}"
            yield Finding(expected, actual, self.parent, "another_name", fact)

    def _several_parents(self, expected: str) -> Finding:
        families = [run for run in self.parents if self.after.children(run.run_id)]
        actual, cause = f"{len(self.parents)} such runs: {names(self.parents)}", ""
        if not families:
            actual, cause = f"{actual}; none of them has a child run", "no_children"
        elif families == self.parents:
            actual, cause = f"{actual}; each of them has child runs", "several_parents"
        elif families == [self.parent]:
            actual = f"{actual}; only the first one has child runs"
        return Finding(expected, actual, self.parent, cause)

    def has_children(self, number: int) -> Findings:
        """Require that the parent has so many children, and that no other run is new."""
        others = [run for run in self.new_runs if run not in [self.parent, *self.children]]
        lost = [run for run in others if run.parent_id not in self.after.runs]
        below = [run for run in others if run not in lost]
        deleted = [run for run in self.all_new_runs if run.deleted]
        if others or len(self.children) != number:
            actual, cause = f"{len(self.children)} under {self.parent.title}", ""
            if deleted:
                actual += f", and {len(deleted)} that the call deleted again"
                cause = "deleted_again"
            if below:
                actual += f", and {len(below)} under another run: {names(below)}, one level deeper"
                cause = "below_another"
            if lost:
                actual += f", and {len(lost)} with a parent that is no run: the tag of "
                actual += f"{lost[0].title} says {code(lost[0].parent_id)}"
                cause = "no_such_parent"
            plural = "s" if number != 1 else ""
            yield Finding(
                f"{number} child run{plural} under the parent", actual, self.parent, cause
            )

    def children_have_params(
        self, given: Sequence[Mapping[str, object]], candidates: Iterable[Candidate] = ()
    ) -> Findings:
        """Require one child for each of these parameters, in any order, compared as strings.

        Args:
            given: the parameters of each child, by name.
            candidates: what a parameter may be instead.
        """
        missing = [{name: str(value) for name, value in params.items()} for params in given]
        for run in self.children:
            params = {name: run.params.get(name, "") for name in given[0]}
            if params not in missing:
                yield self._wrong_params(run, params, missing, list(candidates))
            missing.remove(params)

    def _wrong_params(
        self,
        run: Run,
        params: Mapping[str, str],
        missing: Sequence[Mapping[str, str]],
        candidates: Sequence[Candidate],
    ) -> Finding:
        """Describe what a child run has in place of the parameters that are missing."""
        first, *more = params
        actual = ", ".join(run.value_of("params", name) for name in params)
        cause, fact = "", None
        if params.keys() <= {**run.metrics, **run.tags}.keys():
            cause = "other_kind"
        elif not any(params.values()) and params.keys() <= self.parent.params.keys():
            cause = "on_the_parent"
            actual += f"; its parent {self.parent.title} has one: {code(self.parent.params[first])}"
        elif not more and params[first]:
            twice = Candidate("given_twice", "the value of another child run", params[first])
            others = [child.params.get(first) for child in self.children if child != run]
            facts = [recognize(params[first], right[first], candidates) for right in missing]
            fact = next(filter(None, facts), twice if params[first] in others else None)
        if more:
            return Finding(f"a child run with one of {code(list(missing))}", actual, run, cause)
        values = code([right[first] for right in missing])
        return Finding(f"a child run with `{first}` = one of {values}", actual, run, cause, fact)

    def returns_the_parent(self) -> Findings:
        """Require the run ID of the parent that the call logged."""
        if self.value != self.parent.run_id:
            expected = f"the run ID of {self.parent.title}, the parent run of this call"
            other = self.after.runs.get(str(self.value))
            if other:
                older = other not in self.all_new_runs
                since = ", which was there before the call" if older else ""
                cause = "older" if older else ""
                yield Finding(expected, f"that of {other.title}{since}", other, cause)
            is_name = self.value == self.parent.run_name
            cause = "name_for_id" if is_name else self.outcome.no_return
            yield Finding(expected, self.outcome.description, self.parent, cause)
