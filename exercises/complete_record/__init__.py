"""The exercise of lesson 07: add to a parent's record what autologging leaves out."""

from collections.abc import Collection
from math import isnan

from exercises.engine import AdditionRequirements, Finding, Findings, Run, load, names
from exercises.engine.wrong_values import among

SCORE = "mean_test_score"


class CompleteRecord(AdditionRequirements):
    """What the exercise requires of a call."""

    def may_change(self) -> Collection[tuple[str, str]]:
        """Return the tag and the parameter to record."""
        return {(self.args[0], "tags.best_run_id"), (self.args[0], "params.seed")}

    def records_the_best_child(self) -> Findings:
        """Require the run ID of the finished child with the highest score."""
        scored = [
            run
            for run in self.before.finished_children(self.args[0])
            if not isnan(run.metric(SCORE))
        ]
        highest = max(run.metrics[SCORE] for run in scored)
        best = [run for run in scored if run.metrics[SCORE] == highest]
        tag = self.parent.tags.get("best_run_id")
        if tag in [run.run_id for run in best]:
            return
        actual, cause, fact = self.parent.value_of("tags", "best_run_id"), "", None
        run = self.before.runs.get(tag or "")
        if run in scored:
            values = [(child.title, child.metrics[SCORE]) for child in scored]
            score = run.metrics[SCORE]
            fact = next(other for other in among(values, "highest") if other.value == score)
        elif run:
            actual += f": this is {run.title}, {self._why_not(run)}"
            cause = "not_a_candidate"
        elif tag is None:
            cause = "other_kind" if "best_run_id" in self.parent.params else ""
        elif tag in {child.run_name for child in best}:
            cause = "name_for_id"
        expected = f"the tag `best_run_id` = the run ID of {names(best)}, with {highest}"
        yield Finding(expected, actual, self.parent, cause, fact)

    def _why_not(self, run: Run) -> str:
        """Say why a run can't be the best child."""
        if run.parent_id != self.args[0]:
            return "which is no child of this parent"
        return "whose score is NaN" if run.finished else f"which is {run.status}"

    def records_the_seed(self) -> Findings:
        """Require the seed as a parameter of the parent."""
        yield from self.has(self.parent, "params", "seed", str(self.args[1]))


exercise, check, hint, solution = load(__file__, CompleteRecord)
