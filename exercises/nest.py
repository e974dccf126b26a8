"""The first exercise of lesson 02: log a parent run with a child for each value of a list."""

from exercises.engine import Exercise, Finding, Record, each_is_logged, has_children, one_parent

exercise = Exercise.load(__file__)


@exercise.requirement
def makes_one_parent(record: Record) -> Finding | None:
    """Tell whether the call made one run without a parent, with its name."""
    return one_parent(record, record.call.args[0])


@exercise.requirement
def makes_a_child_for_each_value(record: Record) -> Finding | None:
    """Tell whether the parent has as many direct children as there are values."""
    return has_children(record, len(record.call.args[1]))


@exercise.requirement
def logs_the_values(record: Record) -> Finding | None:
    """Tell whether the children's parameters are the values, in any order."""
    return each_is_logged(record, [{"param1": value} for value in record.call.args[1]])


check, hint, solution = exercise.check, exercise.hint, exercise.solution
