"""The first exercise of lesson 02: log a parent run with a child for each value of a list.

Each method is a requirement. `words.toml` lists the requirements in the order of the report, with
their titles and hints, and the calls that a check makes.
"""

from dataclasses import replace

from exercises.engine import FamilyRequirements, Findings, load
from exercises.engine.wrong_values import Candidate


class Nest(FamilyRequirements):
    """What the exercise requires of a call."""

    def makes_one_parent(self) -> Findings:
        """Require one new run without a parent, with the given name."""
        return self.one_parent(self.args[0])

    def makes_a_child_for_each_value(self) -> Findings:
        """Require that the parent has as many direct children as there are values."""
        number, different = len(self.args[1]), len(set(map(str, self.args[1])))
        for finding in self.has_children(number):
            if not finding.cause and len(self.new_runs) == 1 + different < 1 + number:
                actual = f"{finding.actual}: as many as there are different values"
                yield replace(finding, actual=actual, cause="equal_once")
            yield finding

    def logs_the_values(self) -> Findings:
        """Require that the children's parameters are the values, in any order."""
        values = self.args[1]
        whole = Candidate("whole_list", "the whole list", str(values))
        return self.children_have_params([{"param1": value} for value in values], [whole])


exercise, check, hint, solution = load(__file__, Nest)
