"""The exercise of lesson 08: of a family with duplicates and leftovers, the children that count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpers.exercises.any_call import accepts_arguments, runs_to_its_end, untouched
from helpers.exercises.calling import Call, Callee
from helpers.exercises.counted import FAMILIES, Counted, prepare
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Observed, Place, observe
from helpers.exercises.report import Report
from helpers.exercises.requirement import Finding, Requirement, code, judged, names, requirement
from helpers.tree import PARENT_TAG


@requirement("runs_to_its_end")
def a_list_of_children(counted: Counted) -> Finding | None:
    """it returns a list of run ids of this parent's children, none of them twice

    what is returned: run ids, as text, in a list

    A function that computes the right thing has to return it.

    `children(parent_id)["run_id"]` is a column of a table; `list(…)` makes a list of it.
    """
    ids, value = {run.info.run_id for run in counted.family}, counted.seen.outcome.value
    if not isinstance(value, list):
        return Finding("a list", f"a value of type {code(counted.seen.outcome.returned)}")
    strange = [one for one in value if not isinstance(one, str) or one not in ids]
    if strange:
        return Finding("run ids of the children", f"{code(strange[0])} among them")
    twice = next((one for one in value if value.count(one) > 1), None)
    return Finding("each run id once", f"{code(twice)} more than once") if twice else None


@requirement("a_list_of_children")
def sound_children_alone(counted: Counted) -> Finding | None:
    """each of them is FINISHED, with a finite `score` and a `trial_key`

    which rows of the table are kept

    What is FAILED, KILLED or RUNNING does not count. What else does not?

    A child can finish without a score, with NaN or with infinity. And one without a key belongs to
    no trial.

    MLflow stores infinity as the largest number there is, so `abs(score) < 1e308` tells; it is
    false for NaN as well.
    """
    sound = [run for group in counted.sound.values() for run in group]
    for run in counted.chosen:
        if run not in sound:
            has = {**run.data.metrics, "trial_key": run.data.tags.get("trial_key")}
            return Finding("only such", f"{run.info.status} with {code(has)}", run)
    return None


@requirement("sound_children_alone")
def one_for_each_key(counted: Counted) -> Finding | None:
    """each `trial_key` that has such a child is there once

    what makes two children the same trial, and whether any trial is lost

    Two children with one key are one trial that was run twice. How many of them count?

    `drop_duplicates("tags.trial_key")` keeps one row for each key. Do it after the rows that do
    not count are gone, or the one that is kept may be one of those.
    """
    keys = [run.data.tags["trial_key"] for run in counted.chosen]
    twice = [run for run in counted.chosen if keys.count(run.data.tags["trial_key"]) > 1]
    if twice:
        return Finding(
            "one child for each key", f"{len(twice)} of one key: {names(twice)}", twice[0]
        )
    lost = [key for key in counted.sound if key not in keys]
    return Finding("every key", f"none for {code(lost[0])}") if lost else None


@requirement("one_for_each_key")
def the_first_of_them(counted: Counted) -> Finding | None:
    """of several it is the one that started first

    the order of the rows before one of each key is kept

    Which of two equal trials counts must not depend on who looks. So there is a rule.

    `sort_values("start_time")`, and then the first of each key.
    """
    for run in counted.chosen:
        first = counted.sound[run.data.tags["trial_key"]][0]
        if run is not first:
            return Finding("the first of its key", "one that started later", run)
    return None


REQUIREMENTS: tuple[Requirement[Any], ...] = (
    accepts_arguments,
    runs_to_its_end,
    a_list_of_children,
    sound_children_alone,
    one_for_each_key,
    the_first_of_them,
)


@requirement()
def begun(counted: Sequence[Counted]) -> Finding | None:
    """Nothing of the task is there yet.

    Change the function in the starter cell, run that cell, then run this one again. If you do not
    know where to begin, `hint()` does.

    The starter returns all children. Print `children(…)` of one of the parents above: which
    columns tell what counts?

    First keep the rows that are FINISHED and have a finite score. Then keep one row for each
    `tags.trial_key`.
    """
    nothing = Finding("a function that chooses", "the starter")
    if untouched(counted[0].described, list(counted)):
        return nothing
    everything = all(
        isinstance(one.seen.outcome.value, list) and len(one.chosen) == len(one.family)
        for one in counted
    )
    return nothing if everything else None


def examine(callee: Callee, place: Place) -> Report:
    """Prepare a family for each call, call the function, and judge what it returns.

    Args:
        callee: the student's function.
        place: where the families are.
    """

    def next_call(observed: Sequence[Observed]) -> Call | None:
        number = len(observed) // 2
        if observed and (observed[-1].outcome.error or number == len(FAMILIES)):
            return None
        if len(observed) % 2 == 0:
            return Call(
                (place.experiment_id, FAMILIES[number]), instead=f"{prepare.__module__}:prepare"
            )
        return Call((observed[-1].outcome.value[0],))

    observed, described, counted = observe(callee, place, next_call), callee.describe(), []
    for before, seen in zip(observed[::2], observed[1::2], strict=True):
        parent, *_ = before.outcome.value
        family = (run for run in seen.all_runs if run.data.tags.get(PARENT_TAG) == parent)
        counted.append(Counted(seen, EXERCISE.name, described, tuple(family)))
    begin = f"{begun.title} {begun.look}" if begun.unmet(counted) else ""
    return Report(judged(REQUIREMENTS, counted), begin)


EXERCISE = Exercise(
    "children_that_count", "08_many_workers.ipynb", REQUIREMENTS, begun.hints, examine
)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
