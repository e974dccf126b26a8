"""The requirements that many exercises have; their words are in `shared.toml`."""

from collections.abc import Mapping, Sequence

from exercises.engine.facts import describe
from exercises.engine.recording import Finding, Findings, Record
from exercises.engine.run import WORDS, Run, code, names
from helpers.remedies import MISSING


class Requirements(Record):
    """One call, and what is required of it: an exercise's class has what these do not say.

    A requirement is a method with the name of its key in the TOML file. It yields what the call
    does not meet. The first finding counts: what comes after it is not asked for.
    """

    def accepts_arguments(self) -> Findings:
        """Tell whether the function can be called with the arguments of the task."""
        expected, misfit = f"a function that can be called as {code(self)}", self.outcome.misfit
        if misfit.startswith("("):
            yield Finding(expected, code(f"def {self.function}{misfit}"))
        if misfit:
            yield Finding(expected, misfit, cause="no_function")

    def runs_to_its_end(self) -> Findings:
        """Tell whether the call raised nothing."""
        if error := self.outcome.error:
            where = f", raised in {code(self.outcome.where)}" if self.outcome.where else ""
            remedy = f". {MISSING}" if error.startswith("NameError") else ""
            strayed = f"; {self.outcome.strayed}" if self.outcome.strayed else ""
            found = code(error.rstrip(".")) + where + strayed + remedy
            yield Finding("the call returns", found, cause="strayed" if strayed else "")

    def logs_here(self) -> Findings:
        """Tell whether the call logged to the active experiment, and at least one run."""
        expected = "runs in the experiment that was active before the call"
        if self.strayed:
            yield Finding(expected, self.strayed, cause="" if self.outcome.strayed else "strayed")
        if self.new:
            return
        if gone := self.made:
            found = f"{names(gone)}, which the call deleted again"
            yield Finding(expected, found, gone[0], "deleted_again")
        found, returned = "no run arrived there", self.outcome.returned
        if returned in ("generator", "coroutine", "async_generator", "map"):
            found = f"no run; the call returned a {returned}, and nothing went through it"
        elif self._elsewhere:
            found += f"; meanwhile, {names(self._elsewhere)} went to another experiment"
            yield Finding(expected, found, self._elsewhere[0], "strayed")
        yield Finding(expected, found, cause="no_run")

    def only_reads(self) -> Findings:
        """Tell whether the call left everything as it was, and logged nothing."""
        if self.strayed:
            yield Finding("the same server and the same active experiment", self.strayed)
        if self.new:
            yield Finding("no new run", names(self.new), self.new[0])
        yield from self.changes()

    def changes_nothing_else(self) -> Findings:
        """Tell whether all that was there before is as it was."""
        return self.changes()

    def keeps_arguments(self) -> Findings:
        """Tell whether the call left its arguments as it got them."""
        if self.outcome.altered:
            yield Finding("the arguments as they were", self.outcome.altered, cause="arguments")

    def all_finished(self) -> Findings:
        """Tell whether every new run has ended as FINISHED."""
        for run in self.new:
            if run.status == "RUNNING" or run.run_id in self.outcome.left_open:
                found = f"{run.title} was still open when the call returned"
                yield Finding("every run FINISHED", found, run)
            if not run.finished:
                found = f"{run.title} is {run.status}"
                yield Finding("every run FINISHED", found, run, "ended_otherwise")

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
            yield Finding(expected, found, first, "no_parent")
        if self.parents[1:]:
            found = f"{len(self.parents)} such runs: {names(self.parents)}"
            yield Finding(expected, found, self.parent)
        if name not in ("", self.parent.run_name):
            yield Finding(expected, names(self.parents), self.parent, "another_name")

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
                found += f", and {len(below)} under another run: {names(below)}"
                cause = "below_another"
            if lost:
                found += (
                    f", and {len(lost)} with a parent that is no run: the tag of {lost[0].title}"
                )
                found, cause = f"{found} says {code(lost[0].parent_id)}", "no_such_parent"
            expected = f"{wanted} child run{'s' * (wanted != 1)} under the parent"
            yield Finding(expected, found, self.parent, cause)

    def has(self, run: Run, kind: str, name: str, value: object, cause: str = "") -> Findings:
        """Tell whether a run has a value under a name.

        Args:
            run: the run.
            kind: `metrics`, `params` or `tags`.
            name: the metric's, parameter's or tag's.
            value: what it must be.
            cause: what the cause is if it has another one.
        """
        found = getattr(run, kind).get(name)
        if found != value:
            expected = f"the {WORDS[kind]} `{name}` = {code(value)}"
            other_kind = found is None and name in {**run.metrics, **run.params, **run.tags}
            cause = cause or ("other_kind" if other_kind else "")
            fact = None if found is None else describe(found, value)
            yield Finding(expected, run.value_of(kind, name), run, cause, fact)

    def returns_the_parent(self) -> Findings:
        """Tell whether the call returned the run id of the parent that it made."""
        if self.value != self.parent.run_id:
            another = self.after.runs.get(str(self.value))
            found = f"that of {another.title}" if another else self.came_back
            yield Finding(f"the run id of {self.parent.title}", found, self.parent)

    def returns_a_dict(self, types: Mapping[str, tuple[type, ...]]) -> Findings:
        """Tell whether the call returned a dict with values of these types.

        Args:
            types: those that a value may have, by key; a tuple comes back as a list.
        """
        answers = self.value
        if not isinstance(answers, dict):
            expected = f"a dict with {', '.join(map(code, types))}: numbers, texts, lists of them"
            yield Finding(expected, self.came_back)
        for key, kinds in types.items():
            if type(answers.get(key)) not in kinds:
                none = f"no `{key}` in {code(answers)}"
                found = code(repr(answers[key])) if key in answers else none
                either = " or ".join(code(kind.__name__) for kind in kinds)
                yield Finding(f"`{key}` is of type {either}", found)

    def each_is_logged(self, given: Sequence[Mapping[str, object]]) -> Findings:
        """Tell whether the children have these parameters, in any order; MLflow keeps text.

        Args:
            given: those of each child, by name.
        """
        left = [{name: str(value) for name, value in one.items()} for one in given]
        for run in self.children:
            params = {name: run.params.get(name, "") for name in given[0]}
            if params not in left:
                found = ", ".join(run.value_of("params", name) for name in params)
                other_kind = params.keys() <= {**run.metrics, **run.tags}.keys()
                cause = "other_kind" if other_kind else ""
                yield Finding(f"a child with each of {code(left)}", found, run, cause)
            left.remove(params)
