"""The exercise of lesson 02: give flat runs a parent after the fact.

the parent's name
the value of the tag: it is the parent's name
Names repeat. What of a run never does?
The value is the parent's run id.
`MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)`.

its own id
the value of the tag: it is the run's own id
Two run ids are at work here: whose is whose?
The first argument says which run gets the tag, the third one who its parent is.
`MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)`.

tag on the parent
`set_tag`: on which run it sets the tag
The tag belongs on the children. On which run does your line set it?
`mlflow.set_tag` sets a tag on the active run, and that is the parent here.
`MlflowClient().set_tag(run_id, …, …)` says on which run; the parent gets no such tag.

another name
`run_name=…`: where the new run gets its name from
Each call gives a name. What does your run make of it?
Without `run_name=…`, MLflow invents a name.
`mlflow.start_run(run_name=name)`: the variable, without quotes.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from helpers.exercises import any_call
from helpers.exercises.any_call import accepts_arguments, ends_the_run, makes_a_run_here
from helpers.exercises.calling import Call
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Calls, Seen
from helpers.exercises.prepared import flat_runs
from helpers.exercises.requirement import (
    Finding,
    causes_in,
    code,
    names,
    requirement,
    value_of,
)
from helpers.tree import PARENT_TAG

NUMBER = 8  # of the runs that are prepared
# Which of them, and the parent's name: neither all, nor neighbours, nor in order.
CALLS: list[tuple[list[int], str]] = [
    ([5, 0, 3], "parent_run_test_default_0"),
    ([1, 6], "after the fact"),
    ([2], "an only child"),
]
CAUSES = causes_in(__doc__)


@requirement("stays_where_it_is")
def makes_one_parent(one: Seen) -> Finding | None:
    """each call makes one new run, with the name that it is given

    `mlflow.start_run(run_name=…)`, and whether it stands inside the loop

    How many parents do these runs need, whatever their number is?

    One `with mlflow.start_run(run_name=name) as parent:`, before the loop and not in it.

    The runs of the list exist already: open no new ones for them. `name` is the variable, without
    quotes.
    """
    runs, name = one.seen.runs, one.seen.call.args[1]
    if len(runs) == 1 and runs[0].info.run_name == name and PARENT_TAG not in runs[0].data.tags:
        return None
    expected = f"one new run with the name {code(name)} and no parent"
    if len(runs) != 1:
        found = f"{len(runs)} new runs: {names(runs)}" if runs else "no new run"
        return Finding(expected, found, next(iter(runs), None))
    if PARENT_TAG in runs[0].data.tags:
        return Finding(
            expected,
            f"{names(runs)}, which has a parent itself",
            runs[0],
            CAUSES["tag on the parent"],
        )
    return Finding(expected, names(runs), runs[0], CAUSES["another name"])


@requirement("makes_one_parent")
def every_run_is_a_child(one: Seen) -> Finding | None:
    """each run of the list has the new run as its parent

    the tag `mlflow.parentRunId`: on which runs it is set, and its value

    How does a child know its parent? You have searched for it further up.

    A loop over `run_ids`, and one `MlflowClient().set_tag(run_id, …, …)` for each of them.

    The key is `"mlflow.parentRunId"`, and the value is `parent.info.run_id`, the run id of the
    run that you have made.
    """
    wanted, (run_ids, name) = one.seen.runs[0].info.run_id, one.seen.call.args
    for run in one.observed[0].runs:
        value = run.data.tags.get(PARENT_TAG)
        if run.info.run_id in run_ids and value != wanted:
            expected = f"the tag {code(PARENT_TAG)} with the parent's run id, {code(wanted)}"
            found = f"{value_of(run, 'tags', PARENT_TAG)} on {code(run.info.run_name)}"
            causes = {name: CAUSES["the parent's name"], run.info.run_id: CAUSES["its own id"]}
            return Finding(expected, found, run, causes.get(value))
    return None


@requirement("makes_one_parent")
def no_other_run_is_touched(one: Seen) -> Finding | None:
    """no other run gets a parent, and none is lost

    which runs the loop goes through, and whether a run is deleted or changed

    The list has some of the experiment's runs, not all. Which ones does your loop go through?

    `for run_id in run_ids:` goes through the list. A search of the whole experiment finds more.

    Set nothing but that one tag, and delete nothing.
    """
    given = [run_id for other in one.observed[1:] for run_id in other.call.args[0]]
    for run in one.observed[0].runs:
        if run.info.run_id not in given and PARENT_TAG in run.data.tags:
            return Finding(
                f"no parent for {code(run.info.run_name)}, which is not in the list",
                f"the tag {code(PARENT_TAG)} on it",
                run,
            )
        if run.info.status != "FINISHED":
            found = f"{code(run.info.run_name)} is {run.info.status}"
            return Finding("runs that are as they were, FINISHED", found, run)
    missing = NUMBER - len(one.observed[0].runs)
    found = f"{missing} of {NUMBER} are gone"
    return Finding("all flat runs still there", found) if missing else None


@requirement("makes_one_parent")
def returns_the_parent(one: Seen) -> Finding | None:
    """it returns the parent's run id

    the line with `return`

    A function gives back what stands after `return`. What stands there in yours?

    `parent` is a run. Its run id is in its `info`.

    `return parent.info.run_id`.
    """
    if one.seen.outcome.value == one.seen.runs[0].info.run_id:
        return None
    expected = f"the run id of {code(one.seen.runs[0].info.run_name)}"
    return Finding(expected, any_call.came_back(one.seen.outcome), one.seen.runs[0])


def nothing_yet(seen: Sequence[Seen]) -> bool:
    """Nothing of the task is there yet.

    Write the body of `adopt`, run its cell, then run this one again. If you do not know how to
    begin, run the cell with `hint()`.

    The parent is a run like any other. How did `execute_tuning` open it?

    `with mlflow.start_run(run_name=name) as parent:` makes the parent. Below it, a loop over
    `run_ids`.

    In the loop, `MlflowClient().set_tag(run_id, "mlflow.parentRunId", …)`: the value is the
    parent's run id.
    """
    return any_call.untouched(seen)


def asks(calls: Calls) -> Generator[Call]:
    """Prepare flat runs, then say with which of them to call the function."""
    yield flat_runs(NUMBER)
    run_ids = calls.made[0].outcome.value
    for seed, (places, name) in enumerate(CALLS, start=1):
        yield Call(([run_ids[i] for i in places], name), seed=seed)


REQUIREMENTS = (
    accepts_arguments,
    any_call.runs_to_its_end,
    makes_a_run_here,
    makes_one_parent,
    every_run_is_a_child,
    no_other_run_is_touched,
    ends_the_run,
    returns_the_parent,
)
EXERCISE = Exercise("adopt", "02_nested_runs.ipynb", REQUIREMENTS, nothing_yet, asks)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
