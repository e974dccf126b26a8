"""The exercise of lesson 11: log a parent's children from coroutines that run at the same time."""

from dataclasses import replace
from itertools import pairwise

from exercises.engine import FamilyRequirements, Finding, Findings, load


class FromCoroutines(FamilyRequirements):
    """What the exercise requires of a call."""

    def makes_one_parent(self) -> Findings:
        """Require one new run without a parent, with the given name."""
        return self.one_parent(self.args[0])

    def makes_a_child_for_each_x(self) -> Findings:
        """Require a child for each x, with this x as its parameter."""
        xs = self.args[1]
        distinct = {str(x) for x in xs}
        logged = {run.params.get("x") for run in self.children}
        once = len(self.children) == len(distinct) < len(xs) and logged == distinct
        for finding in self.has_children(len(xs)):
            yield replace(finding, cause="equal_values" if once else finding.cause)
        yield from self.children_have_params([{"x": x} for x in xs])

    def all_finished(self) -> Findings:
        """Require that every new run has ended as FINISHED."""
        without = [run for run in self.children if "score" not in run.metrics]
        open_ones = without and all(run.status == "RUNNING" for run in without)
        shared = open_ones and len(without) < len(self.children)
        for finding in super().all_finished():
            yield replace(finding, cause="shared_run" if shared else finding.cause)

    def logs_its_own_score(self) -> Findings:
        """Require the score that the lesson's `train` returns for the x of each child."""
        scores = {str(x): 10 * x for x in self.args[1]}
        for run in self.children:
            score, right = run.metrics.get("score"), scores[run.params["x"]]
            another = score != right and score in scores.values()
            yield from self.has(run, "metrics", "score", right, "anothers_score" if another else "")

    def trains_at_the_same_time(self) -> Findings:
        """Require that each child is open while its training runs, and all at the same time."""
        expected = "children that are open at the same time, each while its own training runs"
        for run in self.children:
            takes = 100 * float(run.params["x"])  # `train` sleeps for so many milliseconds
            if run.end_time - run.start_time < takes - 10:
                actual = f"{run.title}, which was open for less time than its training takes"
                yield Finding(expected, actual, run, "not_while_training")
        times = sorted((run.start_time, run.end_time) for run in self.children)
        if times[1:] and not any(later[0] < earlier[1] for earlier, later in pairwise(times)):
            yield Finding(expected, "each child begins when the one before it has ended")
        # Where threads begin them, a short training may end before the last one has begun.
        long = min(self.args[1]) > 5
        if long and max(begin for begin, _ in times) >= min(end for _, end in times):
            yield Finding("children that are all open at the same time", "some wait for others")


exercise, check, hint, solution = load(__file__, FromCoroutines)
