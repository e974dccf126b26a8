"""What the exercises of lessons 01 and 02 share: a call makes one run, and something comes back."""

from __future__ import annotations

from dataclasses import replace

from helpers.exercises.any_call import Seen, stays_where_it_is
from helpers.exercises.calling import Outcome
from helpers.exercises.requirement import Finding, code, requirement


def _makes_a_run_here(one: Seen) -> Finding | None:
    finding = stays_where_it_is.unmet(one)
    if finding is None or finding.found != "no run arrived there":
        return finding
    return replace(
        finding,
        look="`mlflow.start_run`: whether it is there, and whether the call reaches it",
        hints=(
            "The task asks for a run that was not there before. Which line of yours makes it?",
            "`with mlflow.start_run(run_name=…):` makes a run.",
            "It has to be reached in each call: not in a function that nobody calls, and not after "
            "a `return`.",
        ),
    )


makes_a_run_here = replace(stays_where_it_is, unmet=_makes_a_run_here)


@requirement("stays_where_it_is")
def ends_the_run(one: Seen) -> Finding | None:
    """the run has ended as FINISHED

    what ends the run: a `with` block, or a call that may be missing

    A run is open until something ends it. What ends yours?

    The end of a `with mlflow.start_run(…):` block ends it: as FINISHED, or as FAILED if an
    exception passes through it.

    Without `with`, `mlflow.start_run(…)` needs an `mlflow.end_run()`.
    """
    for run in one.seen.runs:
        open_still = run.info.run_id in one.seen.outcome.left_open
        if run.info.status != "FINISHED" or open_still:
            status = "still open when the call had returned" if open_still else run.info.status
            return Finding("a run that is FINISHED", f"{code(run.info.run_name)} is {status}", run)
    return None


def came_back(outcome: Outcome) -> str:
    """Say in Markdown what a call returned, when it should have been something else.

    >>> came_back(Outcome(returned="str", value="morning"))
    'a value of type `str`: `morning`'
    >>> came_back(Outcome())
    'nothing'
    """
    if outcome.returned == "NoneType":
        return "nothing"
    value = f": {code(outcome.value)}" if outcome.value is not None else ""
    return f"a value of type {code(outcome.returned)}{value}"
