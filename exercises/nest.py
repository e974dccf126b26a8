"""The first exercise of lesson 02: log a parent run with a child for each value of a list."""

from exercises.engine import Findings, Requirements, load


class Nest(Requirements):
    """What the exercise requires of a call."""

    def changes_nothing_else(self) -> Findings:
        """Tell whether all that was there before is as it was, and so are the arguments."""
        yield from self.changes()
        yield from self.keeps_arguments()

    def makes_one_parent(self) -> Findings:
        """Tell whether the call made one run without a parent, with its name."""
        return self.one_parent(self.args[0])

    def makes_a_child_for_each_value(self) -> Findings:
        """Tell whether the parent has as many direct children as there are values."""
        return self.has_children(len(self.args[1]))

    def logs_the_values(self) -> Findings:
        """Tell whether the children's parameters are the values, in any order."""
        return self.each_is_logged([{"param1": value} for value in self.args[1]])


exercise, check, hint, solution = load(__file__, Nest)
