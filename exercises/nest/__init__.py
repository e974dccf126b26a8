"""The first exercise of lesson 02: log a parent run with a child for each value of a list."""

from dataclasses import replace

from exercises.engine import Findings, Requirements, load
from exercises.engine.facts import Candidate


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
        different = len(set(map(str, self.args[1])))
        for finding in self.has_children(len(self.args[1])):
            if not finding.cause and len(self.new) == 1 + different < 1 + len(self.args[1]):
                found = f"{finding.found}: as many as there are different values"
                yield replace(finding, found=found, cause="equal_once")
            yield finding

    def logs_the_values(self) -> Findings:
        """Tell whether the children's parameters are the values, in any order."""
        values = self.args[1]
        whole = Candidate("whole_list", "the whole list", str(values))
        return self.each_is_logged([{"param1": value} for value in values], [whole])


exercise, check, hint, solution = load(__file__, Nest)
