"""The exercise of lesson 03: find the child runs of one search among many."""

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from helpers.tree import PARENT_TAG


class FindRuns(Requirements):
    """What the exercise requires of a call."""

    def misfit(self, run: Run) -> str:
        """Say which condition a run does not meet; empty if it meets all."""
        test_identifier, param1, limit = self.args
        tag, param = run.tags.get("test_identifier"), run.params.get("param1")
        metric1 = run.metric("metric1")
        conditions = {
            "it is in another experiment": run.experiment_id == self.backend.experiments[0],
            "it is deleted": not run.deleted,
            f"its `test_identifier` is {code(repr(tag))}": tag == test_identifier,
            "it has no parent": PARENT_TAG in run.tags,
            f"its `param1` is {code(repr(param))}": param == param1,
            f"its `metric1` is {run.metrics.get('metric1', 'missing')}": metric1 < limit,
        }
        return next((why for why, met in conditions.items() if not met), "")

    def returns_run_ids(self) -> Findings:
        """Tell whether a list came back, each of its items the id of a run."""
        wanted = "a list with run ids of this experiment, as strings"
        if self.outcome.returned != "list":
            yield Finding(wanted, self.came_back)
        if self.value is None:  # what is in it is no plain data
            yield Finding(wanted, "a list with something else in it, such as runs or rows")
        for item in self.value:
            if str(item) not in self.before.runs:  # it may have no hash
                yield Finding("run ids of this experiment", f"{code(repr(item))} among them")

    def misses_none(self) -> Findings:
        """Tell whether every run that is described came back."""
        right = [run for run in self.there if not self.misfit(run)]
        missing = [run for run in right if run.run_id not in self.value]
        if missing:
            expected = f"the child runs that meet all conditions, {len(right)} in number"
            cause = "no_f" if self.value == [self.backend.run_ids["braces"]] else ""
            yield Finding(expected, f"without {names(missing)}", missing[0], cause)

    def finds_no_other(self) -> Findings:
        """Tell whether no other run came back, and none twice."""
        for run_id in self.value:
            run, twice = self.before.runs[run_id], self.value.count(run_id) > 1
            if why := self.misfit(run) or "it is there twice" * twice:
                yield Finding(
                    "no other run, and each one once", f"{names([run])} as well: {why}", run
                )


exercise, check, hint, solution = load(__file__, FindRuns)
