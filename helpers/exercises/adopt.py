"""The exercise of lesson 02: give flat runs a parent after the fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpers.exercises.adopt_calls import CALLS, NAME, PREPARE, Adoption, adoptions
from helpers.exercises.adopt_causes import cause
from helpers.exercises.any_call import (
    accepts_arguments,
    runs_to_its_end,
    takes,
    untouched,
)
from helpers.exercises.calling import Call, Callee, Outcome
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Observed, Place, observe
from helpers.exercises.one_run import came_back, ends_the_run, makes_a_run_here
from helpers.exercises.report import Report
from helpers.exercises.requirement import (
    Finding,
    Requirement,
    code,
    judged,
    names,
    requirement,
    value_of,
)
from helpers.tree import PARENT_TAG


@requirement("stays_where_it_is")
def makes_one_parent(one: Adoption) -> Finding | None:
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
    found = f"{len(runs)} new runs: {names(runs)}" if len(runs) != 1 else names(runs)
    if len(runs) == 1 and PARENT_TAG in runs[0].data.tags:
        found += ", which has a parent itself"
    expected = f"one new run with the name {code(name)} and no parent"
    return Finding(expected, found if runs else "no new run", next(iter(runs), None))


@requirement("makes_one_parent")
def every_run_is_a_child(one: Adoption) -> Finding | None:
    """each run of the list has the new run as its parent

    the tag `mlflow.parentRunId`: on which runs it is set, and its value

    How does a child know its parent? You have searched for it further up.

    A loop over `run_ids`, and one `MlflowClient().set_tag(run_id, …, …)` for each of them.

    The key is `"mlflow.parentRunId"`, and the value is `parent.info.run_id`, the run id of the
    run that you have made.
    """
    wanted = one.parent.info.run_id
    for run in one.asked:
        value = run.data.tags.get(PARENT_TAG)
        if value != wanted:
            expected = f"the tag {code(PARENT_TAG)} with the parent's run id, {code(wanted)}"
            found = f"{value_of(run, 'tags', PARENT_TAG)} on {code(run.info.run_name)}"
            return Finding(expected, found, run, *cause(run, value, one.parent))
    return None


@requirement("makes_one_parent")
def no_other_run_is_touched(one: Adoption) -> Finding | None:
    """no other run gets a parent, and none is lost

    which runs the loop goes through, and whether a run is deleted or changed

    The list has some of the experiment's runs, not all. Which ones does your loop go through?

    `for run_id in run_ids:` goes through the list. A search of the whole experiment finds more.

    Set nothing but that one tag, and delete nothing.
    """
    for run in one.flat:
        if run.info.run_id not in one.given and PARENT_TAG in run.data.tags:
            return Finding(
                f"no parent for {code(run.info.run_name)}, which is not in the list",
                f"the tag {code(PARENT_TAG)} on it",
                run,
            )
        if run.info.status != "FINISHED":
            found = f"{code(run.info.run_name)} is {run.info.status}"
            return Finding("runs that are as they were, FINISHED", found, run)
    missing = PREPARE.args[0] - len(one.flat)
    found = f"{missing} of {PREPARE.args[0]} are gone"
    return Finding("all flat runs still there", found) if missing else None


@requirement("makes_one_parent")
def returns_the_parent(one: Adoption) -> Finding | None:
    """it returns the parent's run id

    the line with `return`

    A function gives back what stands after `return`. What stands there in yours?

    `parent` is a run. Its run id is in its `info`.

    `return parent.info.run_id`.
    """
    if one.seen.outcome.value == one.parent.info.run_id:
        return None
    expected = f"the run id of {code(one.parent.info.run_name)}"
    return Finding(expected, came_back(one.seen.outcome), one.parent)


REQUIREMENTS: tuple[Requirement[Any], ...] = (
    accepts_arguments,
    runs_to_its_end,
    makes_a_run_here,
    makes_one_parent,
    every_run_is_a_child,
    no_other_run_is_touched,
    ends_the_run,
    returns_the_parent,
)


def examine(callee: Callee, place: Place) -> Report:
    """Prepare flat runs, call the function with some of them, and return the report.

    Args:
        callee: the student's function.
        place: where it is to log, and what it logged is read from.
    """
    described = callee.describe()
    accepted = takes(described, 2)

    def next_call(observed: Sequence[Observed]) -> Call | None:
        if not observed:
            return PREPARE if accepted else None
        results = judged(REQUIREMENTS, adoptions(observed, described))
        if len(observed) > len(CALLS) or any(result.met is False for result in results):
            return None
        places, name = CALLS[len(observed) - 1]
        run_ids = observed[0].outcome.value
        return Call(([run_ids[i] for i in places], name), seed=len(observed))

    observed = observe(callee, place, next_call)
    seen = adoptions(observed, described)
    if not accepted:  # it does not take the arguments: nothing was called
        seen = [Adoption(Observed(Call(([], CALLS[0][1])), Outcome()), NAME, described)]
    begin = "" if begun.unmet(seen) is None else f"{begun.title} {begun.look}"
    return Report(judged(REQUIREMENTS, seen), begin)


@requirement()
def begun(seen: Sequence[Adoption]) -> Finding | None:
    """Nothing of the task is there yet.

    Write the body of `adopt`, run its cell, then run this one again. If you do not know where to
    begin, `hint()` does.

    The parent is a run like any other. How did `execute_tuning` open it?

    `with mlflow.start_run(run_name=name) as parent:` makes the parent. Below it, a loop over
    `run_ids`.

    In the loop, `MlflowClient().set_tag(run_id, "mlflow.parentRunId", …)`: the value is the
    parent's run id.
    """
    if seen and untouched(seen[0].described, list(seen)):
        return Finding("a function that does the task", "the starter")
    return None


EXERCISE = Exercise(NAME, "02_nested_runs.ipynb", REQUIREMENTS, begun.hints, examine)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
