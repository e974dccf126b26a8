"""The requirements that many exercises have; their words are in `shared.toml`."""

from collections.abc import Iterable, Mapping

from exercises.engine.facts import Candidate, describe
from exercises.engine.families import Families
from exercises.engine.recording import Finding, Findings
from exercises.engine.run import WORDS, Run, code, names
from helpers.remedies import MISSING


class Requirements(Families):
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
            article = "an" if returned.startswith("a") else "a"
            found = f"no run; the call returned {article} {returned}, and nothing went through it"
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

    def has(
        self,
        run: Run,
        kind: str,
        name: str,
        value: object,
        cause: str = "",
        candidates: Iterable[Candidate] = (),
    ) -> Findings:
        """Tell whether a run has a value under a name.

        Args:
            run: the run.
            kind: `metrics`, `params` or `tags`.
            name: the metric's, parameter's or tag's.
            value: what it must be.
            cause: what the cause is if it has another one.
            candidates: what another one may be.
        """
        found = getattr(run, kind).get(name)
        if found != value:
            expected = f"the {WORDS[kind]} `{name}` = {code(value)}"
            other_kind = found is None and name in {**run.metrics, **run.params, **run.tags}
            cause = cause or ("other_kind" if other_kind else "")
            fact = None if found is None else describe(found, value, candidates)
            yield Finding(expected, run.value_of(kind, name), run, cause, fact)

    def returns_the_parent(self) -> Findings:
        """Tell whether the call returned the run ID of the parent that it made."""
        if self.value != self.parent.run_id:
            expected = f"the run ID of {self.parent.title}, the parent run of this call"
            another = self.after.runs.get(str(self.value))
            if another:
                older = another not in self.made
                since = ", which was there before the call" * older
                cause = "older" if older else ""
                yield Finding(expected, f"that of {another.title}{since}", another, cause)
            cause = "name_for_id" if self.value == self.parent.run_name else self.no_return
            yield Finding(expected, self.came_back, self.parent, cause)

    def returns_a_dict(self, types: Mapping[str, tuple[type, ...]]) -> Findings:
        """Tell whether the call returned a dict with values of these types.

        Args:
            types: those that a value may have, by key; a tuple comes back as a list.
        """
        answers = self.value
        if not isinstance(answers, dict):
            expected = f"a dict with the keys {', '.join(map(code, types))}"
            yield Finding(expected, self.came_back, cause=self.no_return)
        for key, kinds in types.items():
            if type(answers.get(key)) not in kinds:
                none = f"no `{key}` in {code(answers)}"
                type_of_it = code(type(answers.get(key)).__name__)
                a_value = f"{code(repr(answers.get(key)))}, which is of type {type_of_it}"
                either = " or ".join(code(kind.__name__) for kind in kinds)
                yield Finding(f"`{key}` is of type {either}", a_value if key in answers else none)
