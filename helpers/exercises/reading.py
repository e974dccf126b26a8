"""What an exercise on a function that only reads needs: runs to be read, and calls among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import mlflow
from mlflow.entities import Run

from helpers.exercises.any_call import Seen
from helpers.exercises.calling import Call, Callee, Outcome
from helpers.exercises.observing import Observed, Place, observe
from helpers.exercises.requirement import Finding, Requirement, code, judged, names, requirement

Child = tuple[str, str, float]  # param1, param2, metric1


def prepare(test_identifier: str, children: Sequence[Child]) -> None:
    """Log a parent run with child runs to the active experiment.

    Args:
        test_identifier: the tag that all of them carry.
        children: what each child run logs.
    """
    tags = {"test_identifier": test_identifier}
    with mlflow.start_run(run_name=f"parent_run_test_{test_identifier}_0", tags=tags):
        for number, (param1, param2, metric1) in enumerate(children):
            with mlflow.start_run(run_name=f"run_{number}_test_0", nested=True, tags=tags):
                mlflow.log_params({"param1": param1, "param2": param2})
                mlflow.log_metric("metric1", metric1)


@dataclass(frozen=True)
class Reading(Seen):
    """One call of a student's function; its first argument is a test identifier."""

    before: Outcome = field(default=Outcome())  # of a call of the course's own

    @property
    def test_identifier(self) -> str:
        """The tag that was asked for."""
        return str(self.seen.call.args[0])

    def carries(self, run: Run) -> bool:
        """Tell whether a run has the tag that was asked for."""
        return run.data.tags.get("test_identifier") == self.test_identifier


R = TypeVar("R", bound=Reading)


@requirement("runs_to_its_end")
def changes_nothing(reading: Reading) -> Finding | None:
    """it only reads: no new run, the same server, the same experiment

    `start_run`, `set_experiment`, `set_tracking_uri` and `connect` inside your function

    Whoever looks for runs wants to find everything as it was.

    Search the active experiment: `mlflow.search_runs` does that by itself.

    Take out what starts a run or chooses an experiment or a server.
    """
    outcome, before = reading.seen.outcome, reading.before
    if reading.seen.runs:
        return Finding("no new run", names(reading.seen.runs), reading.seen.runs[0])
    if outcome.tracking_uri != before.tracking_uri:
        return Finding("the same server", f"MLflow now points to {code(outcome.tracking_uri)}")
    if outcome.experiment_id != before.experiment_id:
        return Finding("the same active experiment", "another one is active now")
    return None


def observe_reading(
    callee: Callee,
    place: Place,
    kind: type[R],
    name: str,
    searches: Mapping[str, Sequence[Child]],
    asked: Sequence[tuple[Any, ...]],
    requirements: Sequence[Requirement[Any]],
) -> list[R]:
    """Log searches, then call a function until a requirement is not met, or no call is left.

    Args:
        callee: the student's function.
        place: where the runs are.
        kind: of what is returned.
        name: of the function.
        searches: the child runs by test identifier.
        asked: the arguments of each call.
        requirements: the exercise's.
    """
    described = callee.describe()
    instead = f"{__name__}:prepare"
    calls = [Call((ident, children), instead=instead) for ident, children in searches.items()]
    calls += [Call(arguments) for arguments in asked]

    def own(observed: Sequence[Observed]) -> list[R]:
        made = observed[len(searches) :]
        return [kind(seen, name, described, observed[0].outcome) for seen in made]

    def next_call(observed: Sequence[Observed]) -> Call | None:
        wrong = any(result.met is False for result in judged(requirements, own(observed)))
        return None if wrong or len(observed) == len(calls) else calls[len(observed)]

    return own(observe(callee, place, next_call))
