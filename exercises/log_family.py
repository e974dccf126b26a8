"""The exercise of lesson 12: log a family that has all that `check_family` asks for."""

from exercises.engine import Finding, Findings, Requirements, code, load
from exercises.family import RULES, examine, tuned
from exercises.training import result


class LogFamily(Requirements):
    """What the exercise requires of a call."""

    def keeps(self, rule: str) -> Findings:
        """Tell whether the family keeps a rule of `check_family`."""
        found = dict(examine(self.parent, self.children, "score", self.args[-1]))
        if found[rule]:
            yield Finding(RULES[rule], found[rule], self.parent)

    def changes_nothing_else(self) -> Findings:
        """Tell whether all that was there before is as it was, and so are the arguments."""
        yield from self.changes()
        yield from self.keeps_arguments()

    def makes_a_child_for_each(self) -> Findings:
        """Tell whether the call made one parent with a child for each dictionary."""
        yield from self.one_parent()
        yield from self.has_children(len(self.args[0]))

    def ends_every_run(self) -> Findings:
        """Tell whether the call left no run open; the check has ended those that it left active."""
        for run in self.new:
            if run.run_id in self.outcome.left_open:
                yield Finding(RULES["ended"], f"{run.title} was still open", run)
        yield from self.keeps("ended")

    def logs_each_training(self) -> Findings:
        """Tell whether a child has what went into each training, and what came out of it."""
        parameters, train, seed, *_ = self.args
        left = list(self.children)
        for params in parameters:
            wanted = {name: str(value) for name, value in params.items()}
            status, score = result(train, params, seed)
            run = next((one for one in left if tuned(one) == wanted), None)
            if run is None:
                yield Finding(f"a child with {code(wanted)}", code([tuned(one) for one in left]))
                return
            left.remove(run)
            found = run.status, repr(run.metrics.get("score"))
            if found != (status, repr(score)):  # NaN is not equal to itself
                expected = f"{status} with `score` = {code(score)} for {code(wanted)}"
                said = f"{run.title} is {run.status}, {run.value_of('metrics', 'score')}"
                yield Finding(expected, said, run)

    def can_be_repeated(self) -> Findings:
        """Tell whether code version, seed and data of each child are there, and true."""
        _, _, seed, about, _ = self.args
        for run in self.children:
            said = {**self.parent.tags, **self.parent.params, **run.tags, **run.params}
            for name, value in {**about, "seed": seed}.items():
                if name in said and said[name] != str(value):
                    yield Finding(f"`{name}` = {code(value)}", code(said[name]), run)
        yield from self.keeps("repeat")

    def keeps_the_best(self) -> Findings:
        """Tell whether the parent has the best child's value, parameters and run id."""
        return self.keeps("best")


exercise, check, hint, solution = load(__file__, LogFamily)
