"""The searches among which lesson 03's exercise asks for runs, and what was found of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import mlflow
from mlflow.entities import Run

from helpers.exercises.any_call import Seen
from helpers.exercises.calling import Outcome
from helpers.exercises.requirement import code

SEARCHES = {  # param1 and metric1 of the child runs that carry a test identifier
    "first": [("x", 0.1), ("x", 0.25), ("x", 0.3), ("x", 0.8), ("y", 0.2), ("X", 0.15), ("xx", 0)],
    "first_again": [("x", 0.05), ("y", 0.4)],
    "last year's": [("x", 0.2), ("z", 0.7)],
}
ASKED = [
    ("first", "x", 0.3),
    ("first", "y", 0.95),
    ("first_again", "x", 0.5),
    ("first_again", "z", 0.9),  # no run
    ("last year's", "z", 0.75),
]


def prepare(test_identifier: str, children: Sequence[tuple[str, float]]) -> None:
    """Log a parent run with child runs to the active experiment.

    Args:
        test_identifier: the tag that all of them carry.
        children: param1 and metric1 of each child run.
    """
    tags = {"test_identifier": test_identifier}
    with mlflow.start_run(run_name=f"parent_run_test_{test_identifier}_0", tags=tags):
        for number, (param1, metric1) in enumerate(children):
            with mlflow.start_run(run_name=f"run_{number}_test_0", nested=True, tags=tags):
                mlflow.log_params({"param1": param1, "param2": "u"})
                mlflow.log_metric("metric1", metric1)


@dataclass(frozen=True)
class Search(Seen):
    """One call of a student's function."""

    before: Outcome = field(default=Outcome())  # of a call of the course's own

    @property
    def test_identifier(self) -> str:
        """The tag that was asked for."""
        return str(self.seen.call.args[0])

    def misfit(self, run: Run) -> str:
        """Say what keeps a run from being one of those described; empty if nothing does."""
        _, param1, limit = self.seen.call.args
        data = run.data
        if data.tags.get("test_identifier") != self.test_identifier:
            return f"its `test_identifier` is {code(data.tags.get('test_identifier'))}"
        if "param1" not in data.params:
            return "it is a parent run"
        if data.params["param1"] != param1:
            return f"its `param1` is {code(data.params['param1'])}"
        metric1 = data.metrics["metric1"]
        return "" if metric1 < limit else f"its `metric1` is {code(metric1)}"

    @property
    def right(self) -> list[Run]:
        """The runs that it should have found."""
        return [run for run in self.seen.all_runs if not self.misfit(run)]

    @property
    def found(self) -> list[str]:
        """The run ids that came back."""
        return list(self.seen.outcome.value)
