"""The exercise of lesson 12: log a family that has all that `check_family` asks for."""

from exercises.engine import Exercise, Finding, Record, code, has_children, one_parent, value_of
from exercises.family import RULES, examine, tuned
from exercises.training import result

exercise = Exercise.load(__file__)


def keeps(record: Record, rule: str) -> Finding | None:
    """Tell whether the family keeps a rule of `check_family`."""
    parent, direction = record.parents[0], record.call.args[-1]
    wrong = dict(examine(parent, record.children, "score", direction))[rule]
    return Finding(RULES[rule], wrong, parent) if wrong else None


@exercise.requirement
def makes_a_child_for_each(record: Record) -> Finding | None:
    """Tell whether the call made one parent with a child for each dictionary."""
    return one_parent(record) or has_children(record, len(record.call.args[0]))


@exercise.requirement
def ends_every_run(record: Record) -> Finding | None:
    """Tell whether the call left no run open; the check has ended those that it left active."""
    for run in record.new:
        if run.info.run_id in record.outcome.left_open:
            return Finding(RULES["ended"], f"{code(run.info.run_name)} was still open", run)
    return keeps(record, "ended")


@exercise.requirement
def logs_each_training(record: Record) -> Finding | None:
    """Tell whether a child has what went into each training, and what came out of it."""
    parameters, train, seed, *_ = record.call.args
    left = list(record.children)
    for params in parameters:
        wanted = {name: str(value) for name, value in params.items()}
        status, score = result(train, params, seed)
        run = next((one for one in left if tuned(one) == wanted), None)
        if run is None:
            return Finding(f"a child with {code(wanted)}", code([tuned(one) for one in left]))
        left.remove(run)
        if run.info.status != status:
            found = f"{code(run.info.run_name)} is {run.info.status}"
            return Finding(f"{status} for {code(wanted)}", found, run)
        if repr(run.data.metrics.get("score")) != repr(score):  # NaN is not equal to itself
            expected = f"`score` = {code(score)} for {code(wanted)}"
            return Finding(expected, value_of(run, "metrics", "score"), run)
    return None


@exercise.requirement
def can_be_repeated(record: Record) -> Finding | None:
    """Tell whether code version, seed and data of each child are there, and true."""
    (parent,), (_, _, seed, about, _) = record.parents, record.call.args
    for run in record.children:
        said = parent.data.tags | parent.data.params | run.data.tags | run.data.params
        for name, value in {**about, "seed": seed}.items():
            if name in said and said[name] != str(value):
                return Finding(f"`{name}` = {code(value)}", code(said[name]), run)
    return keeps(record, "repeat")


@exercise.requirement
def keeps_the_best(record: Record) -> Finding | None:
    """Tell whether the parent has the best child's value, parameters and run id."""
    return keeps(record, "best")


check, hint, solution = exercise.check, exercise.hint, exercise.solution
