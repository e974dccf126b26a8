"""The exercise of lesson 10: a worker that may die, and does no work twice when it is restarted."""

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from exercises.training import result


class LogShare(Requirements):
    """What the exercise requires of a call."""

    def children_of_the_parent(self) -> Findings:
        """Require that each new run is a child of the parent that the worker got."""
        parent = self.after.runs[self.args[-1]]
        expected = f"new runs under {parent.title}, in its experiment"
        if self.went_elsewhere:
            yield Finding(expected, self.went_elsewhere, cause="strayed")
        for run in self.new_runs:
            if not run.parent_id:
                key = next((key for key, tag in run.tags.items() if tag == parent.run_id), "")
                if key:
                    actual = (
                        f"{run.title}, which has no parent, but the parent's run ID as {code(key)}"
                    )
                    yield Finding(expected, actual, run, "another_tag")
                yield Finding(expected, f"{run.title}, which has no parent", run, "no_parent")
            if run.parent_id != parent.run_id:
                yield Finding(expected, f"{run.title}, which has another parent", run)

    def one_for_each_x(self) -> Findings:
        """Require one new child for each x that had no finished one, and no other."""
        share, _, parent = self.args
        done = [run.params.get("x") for run in self.before.finished_children(parent)]
        logged = [run.params.get("x", "") for run in self.new_runs]
        for run, x in zip(self.new_runs, logged, strict=True):
            if x not in [*map(str, share)]:
                expected = "an `x` of the share as the parameter `x` of each child"
                yield Finding(expected, run.value_of("params", "x"), run)
            if x in done:
                actual = f"{run.title}, though a child with `x` = {x} has finished"
                yield Finding("no second child for the same `x`", actual, run, "done_already")
            # One attempt is enough for what fails, even if the share has it twice.
            fails = result(self.args[1], float(x))[0] == "FAILED"
            if logged.count(x) > ([*map(str, share)].count(x) if fails else 1):
                yield Finding(f"one child with `x` = {x}", f"{logged.count(x)} of this call", run)
        left_open = [run for run in self.new_runs if run.run_id in self.outcome.left_open]
        for x in map(str, share):
            if x not in done + logged:
                expected = f"a new child with `x` = {x}, since none has finished"
                actual, cause = "none", "left_out"
                if left_open:
                    actual, cause = f"none; {names(left_open)} was still open", "left_open"
                yield Finding(expected, actual, self.after.runs[parent], cause)

    def ends_as_its_training_did(self) -> Findings:
        """Require that each new child is FAILED if its training raised an error, else FINISHED."""
        for run in self.new_runs:
            x, left_open = run.params["x"], run.run_id in self.outcome.left_open
            wanted, _ = result(self.args[1], float(x))
            status = "still open" if left_open else run.status
            if status != wanted:
                yield Finding(f"{wanted} for `x` = {x}", f"{run.title} is {status}", run)

    def logs_the_score(self) -> Findings:
        """Require the score of its training on each child that has finished."""
        for run in self.new_runs:
            status, score = result(self.args[1], float(run.params["x"]))
            actual = repr(run.metrics.get("score"))
            if status == "FINISHED" and actual != repr(score):  # NaN is not equal to itself
                yield from self.has(run, "metrics", "score", score, self.mistake(run))

    def mistake(self, run: Run) -> str:
        """Name the cause if a run has the score of another x."""
        share, train, _ = self.args
        others = {repr(result(train, x)[1]) for x in share if str(x) != run.params["x"]}
        return "anothers_score" if repr(run.metrics.get("score")) in others else ""


exercise, check, hint, solution = load(__file__, LogShare)
