"""Requirements for any function, whatever its exercise: it takes its arguments, it ends, it stays.

no function
what stands between the parentheses of `check(…)`
`check` calls your function itself. What did it get instead?
The name of a function is the function. With parentheses after it, it is called at once.
Give `check` the name alone, without quotes and parentheses.

no run
`mlflow.start_run`: whether it is there, and whether the call reaches it
The task asks for a run that was not there before. Which line of yours makes it?
`with mlflow.start_run(run_name=…):` makes a run.
It has to be reached in each call: not in a function that nobody calls, and not after a `return`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helpers.exercises.calling import Outcome
from helpers.exercises.observing import Seen
from helpers.exercises.requirement import Finding, causes_in, code, requirement

CAUSES = causes_in(__doc__)


def untouched(seen: Sequence[Seen]) -> bool:
    """Tell whether nothing can have happened: an empty body, or what is marked as to be written.

    Args:
        seen: the calls.
    """
    return seen[0].described.empty or any(one.seen.outcome.unfinished for one in seen)


@requirement()
def accepts_arguments(one: Seen) -> Finding | None:
    """it is a function that accepts the arguments of the task

    the line that begins with `def`

    The task names the arguments, in their order. Leave those of the starter as they are.

    Further parameters need a default. And `check` takes the function itself, without parentheses.
    """
    if one.described.takes(one.seen.call):
        return None
    parameters = ", ".join(name for name, *_ in one.described.parameters or ())
    return Finding(f"a function for {code(one)}", f"one for {code(f'{one.name}({parameters})')}")


@requirement("accepts_arguments")
def runs_to_its_end(one: Seen) -> Finding | None:
    """it runs to its end without an error

    that line; called in a cell of its own, with the same arguments, it shows the traceback

    Read the sentence and the line of yours that the check shows. Then call the function in a cell
    of its own.

    Would it do with other arguments than this page's, in another experiment, and twice?
    """
    if one.seen.strayed:  # which an error would only follow from
        return None
    return raised(one)


def raised(one: Seen) -> Finding | None:
    """Say what a call raised, if it did.

    Args:
        one: the call.
    """
    outcome = one.seen.outcome
    if not outcome.error:
        return None
    where = f", raised in {code(outcome.where)}" if outcome.where else ""
    return Finding("the call returns", code(outcome.error) + where)


@requirement("runs_to_its_end")
def stays_where_it_is(one: Seen) -> Finding | None:
    """it logs to the experiment that is active when it is called

    `set_experiment`, `set_tracking_uri`, `connect` and `experiment_id=…` inside your function

    Who says where runs go: the function, or whoever calls it?

    `connect(…)` at the top of the page has said it. Inside the function, nothing about a server or
    an experiment is needed.
    """
    strayed = one.seen.strayed
    expected = "runs in the experiment that was active before the call"
    return Finding(expected, strayed) if strayed else None


def _makes_a_run_here(one: Seen) -> Finding | None:
    finding = stays_where_it_is.unmet(one)
    none = finding and finding.found == "no run arrived there"
    return replace(finding, cause=CAUSES["no run"]) if finding and none else finding


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
    return unfinished(one)


def unfinished(one: Seen) -> Finding | None:
    """Say which run of a call has not ended as FINISHED.

    Args:
        one: the call.
    """
    for run in one.seen.runs:
        still = run.info.run_id in one.seen.outcome.left_open or run.info.status == "RUNNING"
        if still or run.info.status != "FINISHED":
            found = "was still open when the call returned" if still else f"is {run.info.status}"
            return Finding("every run FINISHED", f"{code(run.info.run_name)} {found}", run)
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
