"""What exercises require of the parent run that a call made, and of its child runs."""

from collections.abc import Iterable, Mapping, Sequence

from exercises.engine.facts import Candidate, describe
from exercises.engine.recording import Finding, Findings, Record
from exercises.engine.run import Run, code, names


class Families(Record):
    """One call, and what may be required of its parent run and child runs."""

    def one_parent(self, name: str = "") -> Findings:
        """Tell whether the call made one run without a parent.

        Args:
            name: the run's, if the task says one.
        """
        expected = f"one new run without a parent{f', with the name {code(name)}' if name else ''}"
        gone = [run for run in self.made if run.deleted and not run.parent_id]
        if not self.parents and gone:
            found = f"{names(gone)}, which the call deleted again"
            yield Finding(expected, found, gone[0], "deleted_again")
        if not self.parents:
            first, found = self.new[0], f"none; each of its runs has a parent: {names(self.new)}"
            older = self.before.runs.get(first.parent_id)
            if older:
                found += (
                    f"; that of {first.title} is {older.title}, which was there before the call"
                )
            yield Finding(expected, found, first, "older_parent" if older else "no_parent")
        if self.parents[1:]:
            yield self.several_parents(expected)
        if name not in ("", self.parent.run_name):
            fact = describe(self.parent.run_name, name)
            found = f"one with the name {self.parent.title}"
            yield Finding(expected, found, self.parent, "another_name", fact)

    def several_parents(self, expected: str) -> Finding:
        """Say of several new runs without a parent whether they have child runs.

        Args:
            expected: what there should be instead.
        """
        families = [run for run in self.parents if self.after.children(run.run_id)]
        found, cause = f"{len(self.parents)} such runs: {names(self.parents)}", ""
        if not families:
            found, cause = f"{found}; none of them has a child run", "no_children"
        elif families == self.parents:
            found, cause = f"{found}; each of them has child runs", "several_parents"
        elif families == [self.parent]:
            found = f"{found}; only the first one has child runs"
        return Finding(expected, found, self.parent, cause)

    def has_children(self, wanted: int) -> Findings:
        """Tell whether the one parent that the call made has so many children, and nothing deeper.

        Args:
            wanted: how many.
        """
        others = [run for run in self.new if run not in [self.parent, *self.children]]
        lost = [run for run in others if run.parent_id not in self.after.runs]
        below = [run for run in others if run not in lost]
        gone = [run for run in self.made if run.deleted]
        if others or len(self.children) != wanted:
            found = f"{len(self.children)} under {self.parent.title}"
            cause = ""
            if gone:
                found, cause = (
                    f"{found}, and {len(gone)} that the call deleted again",
                    "deleted_again",
                )
            if below:
                found += f", and {len(below)} under another run: {names(below)}, one level deeper"
                cause = "below_another"
            if lost:
                found += (
                    f", and {len(lost)} with a parent that is no run: the tag of {lost[0].title}"
                )
                found, cause = f"{found} says {code(lost[0].parent_id)}", "no_such_parent"
            expected = f"{wanted} child run{'s' * (wanted != 1)} under the parent"
            yield Finding(expected, found, self.parent, cause)

    def each_is_logged(
        self, given: Sequence[Mapping[str, object]], candidates: Iterable[Candidate] = ()
    ) -> Findings:
        """Tell whether the children have these parameters, in any order; MLflow keeps strings.

        Args:
            given: those of each child, by name.
            candidates: what one of them may be instead.
        """
        left = [{name: str(value) for name, value in one.items()} for one in given]
        for run in self.children:
            params = {name: run.params.get(name, "") for name in given[0]}
            if params not in left:
                yield self._not_given(run, params, left, list(candidates))
            left.remove(params)

    def _not_given(
        self,
        run: Run,
        params: Mapping[str, str],
        left: Sequence[Mapping[str, str]],
        candidates: Sequence[Candidate],
    ) -> Finding:
        """Say what a child run has in place of the parameters that are left."""
        first, *more = params
        each = [one[first] for one in left] if not more else list(left)
        what = f"`{first}` = one of {code(each)}" if not more else f"one of {code(each)}"
        found = ", ".join(run.value_of("params", name) for name in params)
        cause, fact = "", None
        if params.keys() <= {**run.metrics, **run.tags}.keys():
            cause = "other_kind"
        elif not any(params.values()) and params.keys() <= self.parent.params.keys():
            cause = "on_the_parent"
            found += f"; its parent {self.parent.title} has one: {code(self.parent.params[first])}"
        elif not more and params[first]:
            twice = Candidate("given_twice", "the value of another child run", params[first])
            others = [child for child in self.children if child != run]
            has_it = any(child.params.get(first) == params[first] for child in others)
            facts = [describe(params[first], one[first], candidates) for one in left]
            fact = next(filter(None, facts), twice if has_it else None)
        return Finding(f"a child run with {what}", found, run, cause, fact)
