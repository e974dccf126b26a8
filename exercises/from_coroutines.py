"""The exercise of lesson 11: log a parent's children from coroutines that run at the same time."""

from itertools import pairwise

from exercises.engine import (
    Exercise,
    Finding,
    Record,
    each_is_logged,
    has,
    has_children,
    one_parent,
)

exercise = Exercise.load(__file__)


@exercise.requirement
def makes_one_parent(record: Record) -> Finding | None:
    """Tell whether the call made one run without a parent, with its name."""
    return one_parent(record, record.call.args[0])


@exercise.requirement
def makes_a_child_for_each_x(record: Record) -> Finding | None:
    """Tell whether the parent has a child for each x, with this x as its parameter."""
    xs = record.call.args[1]
    return has_children(record, len(xs)) or each_is_logged(record, [{"x": x} for x in xs])


@exercise.requirement
def logs_its_own_score(record: Record) -> Finding | None:
    """Tell whether each child has the score that the lesson's `train` returns for its x."""
    scores = {str(x): 10 * x for x in record.call.args[1]}
    for run in record.children:
        own = scores[run.data.params["x"]]
        if finding := has(run, "metrics", "score", own):
            another = run.data.metrics.get("score") in scores.values()
            cause = "anothers_score" if another else ""
            return Finding(finding.expected, finding.found, run, cause)
    return None


@exercise.requirement
def trains_at_the_same_time(record: Record) -> Finding | None:
    """Tell whether some child begins before another one ends."""
    times = sorted((run.info.start_time, run.info.end_time) for run in record.children)
    if len(times) < 2 or any(later[0] < one[1] for one, later in pairwise(times)):
        return None
    expected = "children that are open at the same time, each while its own training runs"
    return Finding(expected, "each child begins when the one before it has ended")


check, hint, solution = exercise.check, exercise.hint, exercise.solution
