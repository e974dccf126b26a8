"""Compare one call with what exercises require. `shared.toml` has the words for most of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from exercises.engine.recorded_call import Finding, Findings, RecordedCall
from exercises.engine.snapshot import KINDS, Run, code, names
from exercises.engine.wrong_values import Candidate, recognize
from helpers.kernel_errors import MISSING

_LAZY = ("generator", "coroutine", "async_generator", "map")  # nothing has run yet


class Requirements(RecordedCall):
    """One call, and what an exercise requires of it: each exercise has a subclass.

    A requirement is a method with the name of its key in `words.toml`. It yields a
    finding if something is wrong. Only the first one is asked for, so the code below a `yield` may
    rely on what was tested above it.
    """

    def accepts_arguments(self) -> Findings:
        """Require a function that can be called with the arguments of the task."""
        expected, signature_problem = (
            f"a function that can be called as {code(self)}",
            self.outcome.signature_problem,
        )
        if signature_problem.startswith("("):
            yield Finding(expected, code(f"def {self.function}{signature_problem}"))
        if signature_problem:
            yield Finding(expected, signature_problem, cause="no_function")

    def runs_to_its_end(self) -> Findings:
        """Require a call that raises no error."""
        if error := self.outcome.error:
            where = f", raised in {code(self.outcome.raised_at)}" if self.outcome.raised_at else ""
            strayed = f"; {self.outcome.strayed}" if self.outcome.strayed else ""
            remedy = f". {MISSING}" if error.startswith("NameError") else ""
            actual = code(error.rstrip(".")) + where + strayed + remedy
            yield Finding("the call returns", actual, cause="strayed" if strayed else "")

    def logs_here(self) -> Findings:
        """Require runs in the active experiment, and at least one."""
        expected = "runs in the experiment that was active before the call"
        if self.went_elsewhere:
            yield Finding(
                expected, self.went_elsewhere, cause="" if self.outcome.strayed else "strayed"
            )
        if self.new_runs:
            return
        if self.all_new_runs:
            actual = f"{names(self.all_new_runs)}, which the call deleted again"
            yield Finding(expected, actual, self.all_new_runs[0], "deleted_again")
        returned = self.outcome.returned
        if returned in _LAZY:
            article = "an" if returned.startswith("a") else "a"
            actual = f"no run; the call returned {article} {returned}, and nothing went through it"
            yield Finding(expected, actual, cause="no_run")
        if self.runs_in_other_experiments:
            runs = names(self.runs_in_other_experiments)
            actual = f"no run arrived there; meanwhile, {runs} went to another experiment"
            yield Finding(expected, actual, self.runs_in_other_experiments[0], "strayed")
        yield Finding(expected, "no run arrived there", cause="no_run")

    def only_reads(self) -> Findings:
        """Require a call that logs nothing and leaves everything as it was."""
        if self.went_elsewhere:
            yield Finding("the same server and the same active experiment", self.went_elsewhere)
        if self.new_runs:
            yield Finding("no new run", names(self.new_runs), self.new_runs[0])
        yield from self.changes()

    def may_change(self) -> Collection[tuple[str, str]]:
        """Return what the task asks to change: run IDs, each with what of that run may change."""
        return ()

    def changes_nothing_else(self) -> Findings:
        """Require that everything that was there before is as it was, and so are the arguments."""
        yield from self.changes(self.may_change())
        if self.outcome.altered:
            yield Finding("the arguments as they were", self.outcome.altered, cause="arguments")

    def all_finished(self) -> Findings:
        """Require that every new run has ended as FINISHED."""
        for run in self.new_runs:
            if run.status == "RUNNING" or run.run_id in self.outcome.left_open:
                yield Finding("every run FINISHED", self.describe_open(run), run)
            if not run.finished:
                actual = f"{run.title} is {run.status}"
                yield Finding("every run FINISHED", actual, run, "ended_otherwise")

    def has(
        self,
        run: Run,
        kind: str,
        name: str,
        value: object,
        cause: str = "",
        candidates: Iterable[Candidate] = (),
    ) -> Findings:
        """Require that a run has a value under a name.

        Args:
            run: the run.
            kind: `metrics`, `params` or `tags`.
            name: the metric's, parameter's or tag's.
            value: the right value.
            cause: the name of the cause of another value.
            candidates: what another value may be.
        """
        actual = getattr(run, kind).get(name)
        if actual != value and repr(actual) != repr(value):  # NaN is not equal to itself
            expected = f"the {KINDS[kind]} `{name}` = {code(value)}"
            other_kind = actual is None and name in {**run.metrics, **run.params, **run.tags}
            cause = cause or ("other_kind" if other_kind else "")
            fact = None if actual is None else recognize(actual, value, candidates)
            yield Finding(expected, run.value_of(kind, name), run, cause, fact)

    def returns_a_dict(self, types: Mapping[str, tuple[type, ...]]) -> Findings:
        """Require a dict with values of these types.

        Args:
            types: the types that a value may have, by key; a tuple comes back as a list.
        """
        answers = self.value
        if not isinstance(answers, dict):
            expected = f"a dict with the keys {', '.join(map(code, types))}"
            yield Finding(expected, self.outcome.description, cause=self.outcome.no_return)
        for key, allowed in types.items():
            kind = type(answers.get(key))
            if kind not in allowed:
                actual = f"no `{key}` in {code(answers)}"
                if key in answers:
                    of_type = f"which is of type {code(kind.__name__)}"
                    actual = f"{code(repr(answers[key]))}, {of_type}"
                either = " or ".join(code(known.__name__) for known in allowed)
                yield Finding(f"`{key}` is of type {either}", actual)


class AdditionRequirements(Requirements):
    """Requirements of a call that adds to a parent run that was there before.

    The call's first argument is that run's ID.
    """

    @property
    def parent(self) -> Run:
        """The parent run after the call."""
        return self.after.runs[self.args[0]]

    def changes_nothing_else(self) -> Findings:
        """Require that there is no new run, and that everything else is as it was."""
        if self.all_new_runs:
            yield Finding("no new run", names(self.all_new_runs), self.all_new_runs[0], "new_run")
        yield from super().changes_nothing_else()
